/** What references between posts say. */
export const references = {
  'references.opMark': '(OP)',
  'references.no': 'No.',
} as const;
