/**
 * What an operator reads of a fault that ended a program: its sentence and those of its causes. A fault without words of its own
 * (Node's for a name with several addresses that all refuse) is told by its code.
 */
export function toFaultLines(fault: unknown): string[] {
  const lines: string[] = [];
  for (let each: unknown = fault; each instanceof Error; each = each.cause) lines.push(each.message || toCode(each));
  return lines.length === 0 ? [String(fault)] : lines;
}

const toCode = (fault: Error) => ('code' in fault ? String(fault.code) : fault.name);
