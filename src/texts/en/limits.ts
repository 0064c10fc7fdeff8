/** How long somebody has to wait who was faster than the board takes posts. `unit` is seconds or minutes, `count` how many. */
export const limits = {
  'limits.reply':
    'You can post again in {unit, select, minutes {{count, plural, one {# minute} other {# minutes}}} other {{count, plural, one {# second} other {# seconds}}}}. What you typed is kept.',
  'limits.thread':
    'You can start another thread in {unit, select, minutes {{count, plural, one {# minute} other {# minutes}}} other {{count, plural, one {# second} other {# seconds}}}}. What you typed is kept.',
  'limits.boardThreads':
    'Too many threads were started on this board just now. It takes new ones again in {unit, select, minutes {{count, plural, one {# minute} other {# minutes}}} other {{count, plural, one {# second} other {# seconds}}}}.',
  'limits.upload':
    'You sent many files in a short time. You can send these in {unit, select, minutes {{count, plural, one {# minute} other {# minutes}}} other {{count, plural, one {# second} other {# seconds}}}}, or post without files now.',
  'limits.report':
    'You sent several reports in a row. You can report again in {unit, select, minutes {{count, plural, one {# minute} other {# minutes}}} other {{count, plural, one {# second} other {# seconds}}}}.',
  'limits.deletion':
    'You deleted several posts in a row. You can delete again in {unit, select, minutes {{count, plural, one {# minute} other {# minutes}}} other {{count, plural, one {# second} other {# seconds}}}}.',
} as const;
