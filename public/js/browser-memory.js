/** What this browser remembers for its reader, and nobody else learns. Without storage everything works, and is forgotten. */

/**
 * @param {string} name
 * @returns {unknown} what was kept under this name, or undefined
 */
export function recall(name) {
  try {
    const text = localStorage.getItem(`quoth.${name}`);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {string} name
 * @param {unknown} value undefined forgets it
 */
export function keep(name, value) {
  try {
    if (value === undefined) localStorage.removeItem(`quoth.${name}`);
    else localStorage.setItem(`quoth.${name}`, JSON.stringify(value));
  } catch {
    // Full or forbidden: then it is not remembered.
  }
}

/**
 * A list of texts in storage, the oldest falling out. Other tabs change it too, so it is read whenever it is used.
 * @param {string} name
 * @param {number} limit
 */
export function createKeptList(name, limit) {
  /** @returns {string[]} */
  const read = () => {
    const kept = recall(name);
    return Array.isArray(kept) ? kept.filter((entry) => typeof entry === 'string') : [];
  };
  return {
    read,
    /** @param {string} entry */
    add(entry) {
      keep(name, [...read().filter((kept) => kept !== entry), entry].slice(-limit));
    },
    /** @param {string} entry */
    remove(entry) {
      keep(name, read().filter((kept) => kept !== entry));
    },
  };
}
