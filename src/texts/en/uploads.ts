/** What the board says about files: each sentence says what was wrong and how to mend it. */
export const uploads = {
  'uploads.notAPicture': '{name} is not a JPEG, PNG, WebP or GIF picture. Save it as one of these and attach it again.',
  'uploads.typeNotAllowed': '{name} is a {type} picture, and this board takes only {allowed}. Save it as one of these and attach it again.',
  'uploads.tooManyPixels':
    '{name} is too large a picture: at most {megapixels, number} megapixels, and {side, number} pixels a side, can be taken. Make it smaller and attach it again.',
  'uploads.broken': '{name} is damaged or incomplete and cannot be shown. Save it once more from a picture program and attach that copy.',
  'uploads.animationTooLong':
    '{name} moves for too long: at most {frames, number} frames, {seconds, number} seconds and {megapixels, number} megapixels over all frames can be taken. Shorten it or make it smaller.',
  'uploads.tooDemanding': '{name} takes too long to prepare. Make it smaller, or save it as a plain JPEG or PNG, and attach it again.',
  'uploads.workerFailed': '{name} could not be prepared just now. Please send the form again.',
  'uploads.busy': 'Many files are arriving at the moment. Please send the form again in a few seconds.',
  'uploads.diskFull': 'The board has no room for files at the moment. Posts without files still work: leave the files out, or try again later.',
  'uploads.mediaAway': 'Files cannot be stored or shown at the moment. Posts without files still work: leave the files out, or try again in a moment.',
  'uploads.tooLarge': '{name} is larger than {limit}. Make it smaller and attach it again.',
  'uploads.tooMany': 'A post can carry {limit, plural, one {# file} other {# files}}, so {name} was left out. Attach fewer files.',
  'uploads.formTooLarge': 'That form was larger than {limit} altogether. Attach fewer or smaller files.',
  'uploads.tooManyFields': 'That form had more parts than a post can have, so it was not read.',
  'uploads.fieldTooLong': 'One of the fields was longer than {limit}. Shorten it and send the form again.',
  'uploads.malformed': 'That form arrived damaged. Go back, reload the page and send it again.',
  'uploads.unsupportedForm': 'That is not a kind of form that can be read here.',
  'uploads.keptExpired': 'The files you attached before are no longer kept. Please attach them again.',
} as const;
