import { showError, clearErrors } from './field-errors.js';
import { makeElement, makeIcon } from './make-element.js';
import { say, sayCount, saySize } from './texts.js';

/** @typedef {{ file: File, alt: string, isSpoiler: boolean, address: string }} Chosen */

/**
 * Files of a form: chosen one by one or together, pasted or dropped, each with its picture, a description and a spoiler mark
 * in the fields that the form has without script too.
 * @param {HTMLFormElement} form
 * @returns {{ clear: () => void }}
 */
export function startChoosingFiles(form) {
  const input = form.elements.namedItem('files');
  const rows = [...form.querySelectorAll('[data-file]')].filter((row) => row instanceof HTMLElement);
  const details = form.querySelector('details.form__files');
  if (!(input instanceof HTMLInputElement) || !(details instanceof HTMLDetailsElement)) return { clear: () => undefined };
  const field = input;
  const box = details;
  /** @type {Chosen[]} */
  let chosen = [];
  box.hidden = true;
  box.open = true;

  /** @param {Iterable<File>} files */
  function add(files) {
    readRows();
    clearErrors(form, 'files');
    /** @type {string | undefined} */
    let fault;
    for (const file of files) {
      fault = findFault(form, field, file) ?? (chosen.length >= rows.length ? sayCount('tooManyFiles', Number(form.dataset.maxFiles)) : undefined);
      if (fault === undefined) chosen.push({ file, alt: '', isSpoiler: false, address: URL.createObjectURL(file) });
      else break;
    }
    show();
    if (fault !== undefined) showError(form, { field: 'files', message: fault });
  }

  /** @param {number} index */
  function remove(index) {
    readRows();
    for (const { address } of chosen.splice(index, 1)) URL.revokeObjectURL(address);
    show();
    const next = rows[Math.min(index, chosen.length - 1)]?.querySelector('button') ?? field;
    next.focus();
  }

  /** What was written into the rows belongs to the files, not to the rows. */
  function readRows() {
    for (const [index, entry] of chosen.entries()) {
      const { alt, spoiler } = findInputs(rows[index]);
      entry.alt = alt?.value ?? '';
      entry.isSpoiler = spoiler?.checked ?? false;
    }
  }

  function show() {
    const carrier = new DataTransfer();
    for (const { file } of chosen) carrier.items.add(file);
    field.files = carrier.files;
    box.hidden = chosen.length === 0;
    for (const [index, row] of rows.entries()) showRow(row, chosen[index], () => remove(index));
  }

  field.addEventListener('change', () => add([...(field.files ?? [])]));
  startPasteAndDrop(form, add);
  return {
    clear() {
      for (const { address } of chosen) URL.revokeObjectURL(address);
      chosen = [];
      show();
    },
  };
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement} field
 * @param {File} file
 */
function findFault(form, field, file) {
  const limit = Number(form.dataset.maxBytes);
  if (file.size > limit) return say('fileTooLarge', { name: file.name, limit: saySize(limit) });
  const types = field.accept.split(',');
  return file.type !== '' && !types.includes(file.type) ? say('fileOfWrongType', { name: file.name }) : undefined;
}

/**
 * @param {HTMLElement} row
 * @param {Chosen | undefined} entry
 * @param {() => void} remove
 */
function showRow(row, entry, remove) {
  const { alt, spoiler, name } = findInputs(row);
  row.hidden = entry === undefined;
  for (const part of row.querySelectorAll('img, button')) part.remove();
  if (alt !== undefined) alt.value = entry?.alt ?? '';
  if (spoiler !== undefined) spoiler.checked = entry?.isSpoiler ?? false;
  if (entry === undefined || name === undefined) return;
  name.textContent = entry.file.name;
  alt?.setAttribute('aria-label', say('altOf', { name: entry.file.name }));
  row.prepend(makeElement('img', { src: entry.address, alt: '', width: '32', height: '32' }));
  const button = makeElement('button', { type: 'button', class: 'post__menu', 'aria-label': say('removeFile', { name: entry.file.name }) }, makeIcon('close'));
  button.addEventListener('click', remove);
  name.after(button);
}

/** @param {Element | undefined} row */
function findInputs(row) {
  const alt = row?.querySelector('input[name^="alt"]');
  const spoiler = row?.querySelector('input[name^="spoiler"]');
  return {
    alt: alt instanceof HTMLInputElement ? alt : undefined,
    spoiler: spoiler instanceof HTMLInputElement ? spoiler : undefined,
    name: row?.querySelector('[data-file-name]') ?? undefined,
  };
}

/**
 * @param {HTMLFormElement} form
 * @param {(files: File[]) => void} add
 */
function startPasteAndDrop(form, add) {
  form.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    add(files);
  });
  form.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    form.classList.add('form--drop');
  });
  for (const end of ['dragleave', 'drop']) form.addEventListener(end, () => form.classList.remove('form--drop'));
  form.addEventListener('drop', (event) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    add(files);
  });
}
