/** Of the embedded database's file system (Emscripten's, over Node's): what is needed to mend it. */
interface FileSystem {
  filesystems: { NODEFS: { node_ops: { mknod: (parent: object, name: string, ...rest: unknown[]) => object } } };
  lookupNode: (parent: object, name: string) => object;
  destroyNode: (node: object) => void;
}

/**
 * A file that could not be made, because the disk was full or too many files were open, keeps its name in the file system's table, where
 * it then neither exists nor can be made: "could not create file … File exists", for the table that needed it, until the next start.
 * PostgreSQL itself tries again at once when too many files are open, and meets that name. Here the name is given back.
 */
export function forgetFailedFiles(fileSystem: unknown): void {
  const found = fileSystem as FileSystem;
  const operations = found.filesystems.NODEFS.node_ops;
  const { mknod } = operations;
  operations.mknod = (parent, name, ...rest) => {
    try {
      return mknod(parent, name, ...rest);
    } catch (error) {
      found.destroyNode(found.lookupNode(parent, name));
      throw error;
    }
  };
}
