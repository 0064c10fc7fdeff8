import { fieldTooLong, malformedForm } from './upload-errors.js';

/**
 * Turns what a body parser made of a form into flat texts: of a repeated name the last value counts, names with brackets or
 * above `maxNameLength` are refused (400), values above `maxBytes` of UTF-8 too (413). The record has no prototype, and
 * names that objects are born with ("__proto__", "constructor") are left out.
 */
export function toFlatFields(body: unknown, limits: { maxNameLength: number; maxBytes: number }): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  if (typeof body !== 'object' || body === null) return fields;
  for (const [name, sent] of Object.entries(body)) {
    if (name.length > limits.maxNameLength || name.includes('[')) throw malformedForm();
    if (name in Object.prototype) continue;
    const value: unknown = Array.isArray(sent) ? sent.at(-1) : sent;
    if (typeof value !== 'string') throw malformedForm();
    if (Buffer.byteLength(value) > limits.maxBytes) throw fieldTooLong(limits.maxBytes, name);
    fields[name] = value;
  }
  return fields;
}
