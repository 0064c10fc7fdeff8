import { createInterface } from 'node:readline';
import { type Config, readConfig } from '../config.js';
import { callControl } from '../control/control-socket.js';
import { createPassword } from '../staff/passwords.js';
import { createTranslate } from '../texts/texts.js';
import { adminAnswer, type AdminAnswer, createAdminCommands } from './admin-commands.js';
import { type AdminCall, readAdminOptions } from './admin-options.js';
import { toFaultLines } from './fault-lines.js';
import { openHere } from './open-here.js';

const t = createTranslate('en');

process.exitCode = await runAdmin(process.argv.slice(2)).catch((error: unknown) => complain(toFaultLines(error)));

/** `npm run admin -- …`: manages staff accounts from the machine itself. Answers with the exit code. */
async function runAdmin(argv: readonly string[]): Promise<number> {
  const call = readAdminOptions(argv);
  if ('help' in call) return say([t('staff.command.help')]);
  if ('fault' in call) return complain([call.fault, '', t('staff.command.help')]);
  const password = call.isPasswordGiven === undefined ? undefined : call.isPasswordGiven ? await readFirstLine() : createPassword();
  if (password === '') return complain([t('staff.command.passwordMissing')]);

  const config = readConfig();
  const answer = await callAdmin(config, call, password);
  if ('refusal' in answer) return complain([answer.refusal]);
  const isShown = password !== undefined && call.isPasswordGiven === false;
  return say([
    ...answer.lines,
    ...(isShown ? [t('staff.command.passwordIs', { password }), t('staff.command.passwordOnce', { address: answer.loginAddress })] : []),
  ]);
}

/** Leaves the work to the running board, which owns the database; when none runs, does it here. */
async function callAdmin(config: Readonly<Config>, call: AdminCall, password: string | undefined): Promise<AdminAnswer> {
  const args = { ...call.args, password };
  const answered = await callControl(config.dataDir, call.command, args);
  if (answered.isRunning) return adminAnswer.parse(answered.result);
  const database = await openHere(config);
  try {
    const run = createAdminCommands({ db: database.db, now: () => new Date(), config })[call.command];
    if (run === undefined) throw new Error(`There is no command ${call.command}.`);
    return await run(args);
  } finally {
    await database.close();
  }
}

/** Standard input up to the end of its first line: a password there shows in no list of processes and in no history. */
async function readFirstLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    lines.close();
    return line;
  }
  return '';
}

function say(lines: readonly string[]): number {
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

function complain(lines: readonly string[]): number {
  process.stderr.write(`${lines.join('\n')}\n`);
  return 1;
}
