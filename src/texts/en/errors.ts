/** Sentences for pages that could not be shown and forms that could not be taken. */
export const errors = {
  'errors.notFound': 'There is no page here.',
  'errors.boardNotFound': 'There is no board /{slug}/.',
  'errors.threadNotFound': 'There is no thread {no} on /{slug}/. It may have been deleted.',
  'errors.postNotFound': 'There is no post {no} on /{slug}/. It may have been deleted.',
  'errors.threadRemoved': 'This thread was removed by a moderator. Reason: {reason}',
  'errors.methodNotAllowed': 'This address does not take that kind of request.',
  'errors.tooLarge': 'That was more than one request may carry ({limit}).',
  'errors.malformed': 'That request could not be read.',
  'errors.badHost': 'This board does not answer under that name.',
  'errors.crossSite': 'That form came from another site, so nothing was done. Open this board itself and try again.',
  'errors.formToken': 'This form is too old or came from another page. Nothing was done: go back, reload the page and try again.',
  'errors.busy': 'The board is very busy. What you typed is kept: try again in a moment.',
  'errors.unavailable': 'The board cannot reach its database at the moment. Try again in a few seconds.',
  'errors.internal': 'Something broke on our side. It was written down under number {requestId}.',
  'errors.notStaff': 'This page is for moderators. Please log in.',
  'errors.notAllowed': 'Your role does not allow that here.',
} as const;
