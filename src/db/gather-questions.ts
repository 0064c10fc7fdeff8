/**
 * Gathers the questions of one turn of the event loop into one: a thousand who ask at once cost one query. `ask` answers in the
 * order of the questions; when it fails, all of them fail.
 */
export function gatherQuestions<Question, Answer>(ask: (questions: Question[]) => Promise<Answer[]>): (question: Question) => Promise<Answer> {
  interface Waiting {
    question: Question;
    resolve: (answer: Answer) => void;
    reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];

  function flush(): void {
    const asked = waiting;
    waiting = [];
    ask(asked.map(({ question }) => question)).then(
      (answers) => {
        for (const [index, { resolve, reject }] of asked.entries()) {
          if (index < answers.length) resolve(answers[index] as Answer);
          else reject(new Error('a question was left without its answer'));
        }
      },
      (error: unknown) => {
        for (const { reject } of asked) reject(error);
      },
    );
  }

  return (question) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ question, resolve, reject });
    });
}
