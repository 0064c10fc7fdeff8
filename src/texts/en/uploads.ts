/** What the board says about files. */
export const uploads = {
  'uploads.notAPicture': '{name} is not a JPEG, PNG, WebP or GIF picture.',
} as const;
