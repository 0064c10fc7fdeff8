/** The theme changes as soon as it is chosen. It is kept in a cookie, as without script. */
export function startTheme() {
  const form = document.getElementById('theme-form');
  const select = document.getElementById('theme');
  if (!(form instanceof HTMLFormElement) || !(select instanceof HTMLSelectElement)) return;
  const chosen = /(?:^|;\s*)(?:__Host-)?theme=([a-z]+)/.exec(document.cookie)?.[1];
  if (chosen !== undefined) select.value = chosen;
  if (select.value === '') select.value = 'auto';
  select.addEventListener('change', () => void changeTheme(form));
}

/** @param {HTMLFormElement} form */
async function changeTheme(form) {
  const chosen = new FormData(form).get('theme');
  const theme = typeof chosen === 'string' ? chosen : 'auto';
  try {
    await fetch(form.action, { method: 'POST', body: new URLSearchParams({ theme }), redirect: 'manual' });
  } catch {
    form.submit();
    return;
  }
  const old = document.querySelector('link[href^="/theme.css"]');
  const sheet = document.createElement('link');
  sheet.rel = 'stylesheet';
  // Another address, because the browser holds the old answer; the old sheet goes when the new one is there.
  sheet.href = `/theme.css?${theme}`;
  sheet.addEventListener('load', () => old?.remove());
  old?.after(sheet);
}
