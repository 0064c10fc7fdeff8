import { makeElement } from './make-element.js';

/** A click on a thumbnail shows the whole picture in its place, another one puts the thumbnail back. */
export function startExpanding() {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a.file__thumb') : null;
    if (!(link instanceof HTMLAnchorElement) || link.closest('.preview') !== null) return;
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const file = link.closest('.file');
    if (file?.matches('.file--open')) collapse(file, link);
    else if (link.ariaBusy !== 'true') expand(link);
  });
}

/**
 * The thumbnail stays until the picture is there, so that the page moves once.
 * @param {HTMLAnchorElement} link
 */
function expand(link) {
  const thumb = link.querySelector('img');
  const alt = link.parentElement?.querySelector('.file__alt p')?.textContent ?? link.parentElement?.querySelector('.file__name')?.textContent ?? '';
  const picture = makeElement('img', { src: link.href, alt: thumb?.alt ?? alt, class: 'file__whole' });
  link.ariaBusy = 'true';
  picture.decode().then(
    () => {
      link.ariaBusy = null;
      link.ariaExpanded = 'true';
      picture.width = picture.naturalWidth;
      picture.height = picture.naturalHeight;
      for (const part of link.children) if (part instanceof Element) part.toggleAttribute('hidden', true);
      link.append(picture);
      link.closest('.file')?.classList.add('file--open');
    },
    // Not to be had like this: then as the link it is.
    () => location.assign(link.href),
  );
}

/**
 * @param {Element} file
 * @param {HTMLAnchorElement} link
 */
function collapse(file, link) {
  file.classList.remove('file--open');
  link.querySelector('.file__whole')?.remove();
  for (const part of link.children) part.removeAttribute('hidden');
  link.ariaExpanded = null;
  if (file.getBoundingClientRect().top < 0) file.scrollIntoView({ block: 'start', behavior: 'instant' });
}
