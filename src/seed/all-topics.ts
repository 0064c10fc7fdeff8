import type { Topic } from './topic.js';
import { books } from './topics/books.js';
import { film } from './topics/film.js';
import { garden } from './topics/garden.js';
import { kitchen } from './topics/kitchen.js';
import { outdoors } from './topics/outdoors.js';
import { repair } from './topics/repair.js';
import { transit } from './topics/transit.js';

/** Everything that seeded threads can be about. */
export const allTopics: readonly Topic[] = [garden, books, film, transit, kitchen, outdoors, repair];
