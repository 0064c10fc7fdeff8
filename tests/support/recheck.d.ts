/** The checker in plain JavaScript: the package's own door starts a program or a JVM. */
declare module 'recheck/lib/browser.js' {
  const recheck: { checkSync: typeof import('recheck').checkSync };
  export default recheck;
}
