import { parseArgs } from 'node:util';
import { createTranslate } from '../texts/texts.js';

/** A command line that was understood. `isPasswordGiven` is undefined when the command takes no password. */
export interface AdminCall {
  command: string;
  args: { name?: string; role?: string; boardSlug?: string };
  isPasswordGiven?: boolean;
}

interface Usage {
  takesName?: true;
  takesPassword?: true;
  takesRole?: true;
}

const usages: Record<string, Usage> = {
  create: { takesName: true, takesPassword: true, takesRole: true },
  'reset-password': { takesName: true, takesPassword: true },
  'reset-second-factor': { takesName: true },
  disable: { takesName: true },
  enable: { takesName: true },
  list: {},
};

const t = createTranslate('en');

/** Reads a command line: a call, a request for help, or the sentence that says what is wrong with it. */
export function readAdminOptions(argv: readonly string[]): AdminCall | { help: true } | { fault: string } {
  const typed = tryParse(argv);
  if ('fault' in typed) return typed;
  const { values, positionals } = typed;
  const [command, name, ...rest] = positionals;
  if (values.help === true || command === undefined || command === 'help') return { help: true };
  const usage = Object.hasOwn(usages, command) ? usages[command] : undefined;
  if (usage === undefined) return { fault: t('staff.command.unknown', { command }) };
  if (usage.takesName && name === undefined) return { fault: t('staff.command.nameMissing') };
  const surplus = [
    ...(usage.takesName || name === undefined ? [] : [name]),
    ...rest,
    ...(usage.takesRole ? [] : (['role', 'board'] as const).filter((option) => values[option] !== undefined).map((option) => `--${option}`)),
    ...(usage.takesPassword || !values['password-stdin'] ? [] : ['--password-stdin']),
  ];
  if (surplus.length > 0) return { fault: t('staff.command.tooMuch', { rest: surplus.join(' ') }) };
  if (values.role !== undefined && !['janitor', 'moderator', 'admin'].includes(values.role)) return { fault: t('staff.command.roleUnknown') };
  return {
    command: `admin.${command}`,
    args: { name, role: values.role, boardSlug: values.board?.replaceAll('/', '') },
    isPasswordGiven: usage.takesPassword && values['password-stdin'] === true,
  };
}

function tryParse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        role: { type: 'string' },
        board: { type: 'string' },
        'password-stdin': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // parseArgs throws plain errors whose message is a sentence about the option.
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}
