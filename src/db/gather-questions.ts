import { isDatabaseAway } from './database-errors.js';

/** At most so many questions go together. */
const mostTogether = 500;

/**
 * Gathers the questions of one turn of the event loop into one: a thousand who ask at once cost one query. `ask` answers in the
 * order of the questions; when it fails, all of them fail. With `atOnce` so many queries at most are under way, and what is asked
 * meanwhile waits for the next; when the database is away it fails with those, rather than wait through a second time limit.
 */
export function gatherQuestions<Question, Answer>(ask: (questions: Question[]) => Promise<Answer[]>, { atOnce = Infinity } = {}): (question: Question) => Promise<Answer> {
  interface Waiting {
    question: Question;
    resolve: (answer: Answer) => void;
    reject: (error: unknown) => void;
  }
  const waiting: Waiting[] = [];
  let underWay = 0;

  function flush(): void {
    if (waiting.length === 0 || underWay >= atOnce) return;
    const asked = waiting.splice(0, mostTogether);
    underWay += 1;
    ask(asked.map(({ question }) => question)).then(
      (answers) => {
        for (const [index, { resolve, reject }] of asked.entries()) {
          if (index < answers.length) resolve(answers[index] as Answer);
          else reject(new Error('a question was left without its answer'));
        }
      },
      (error: unknown) => {
        for (const { reject } of isDatabaseAway(error) ? [...asked, ...waiting.splice(0)] : asked) reject(error);
      },
    ).finally(() => {
      underWay -= 1;
      flush();
    });
  }

  return (question) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ question, resolve, reject });
    });
}
