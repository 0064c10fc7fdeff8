import type { Pastime } from './pastime.js';
import { books } from './pastimes/books.js';
import { film } from './pastimes/film.js';
import { garden } from './pastimes/garden.js';
import { kitchen } from './pastimes/kitchen.js';
import { outdoors } from './pastimes/outdoors.js';
import { repair } from './pastimes/repair.js';
import { transit } from './pastimes/transit.js';

/** Everything that seeded threads can be about. */
export const allPastimes: readonly Pastime[] = [garden, books, film, transit, kitchen, outdoors, repair];
