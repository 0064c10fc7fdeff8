/** The frame around every page: header, footer, names that occur everywhere. */
export const frame = {
  'frame.siteName': 'Quoth',
  'frame.title': '{title} - Quoth',
  'frame.skip': 'Skip to content',
  'frame.boards': 'Boards',
  'frame.log': 'Moderation log',
  'frame.about': 'About',
  'frame.promise': 'No accounts, no trackers.',
  'frame.theme': 'Theme',
  'frame.themeAuto': 'Auto',
  'frame.themeLight': 'Light',
  'frame.themeDark': 'Dark',
  'frame.themeClassic': 'Classic',
  'frame.themeContrast': 'High contrast',
  'frame.save': 'Save',
  'frame.errorTitle': 'Error {status}',
  'frame.home': 'Home',
} as const;
