import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A program of the system that the bench runs, and the Debian package that brings it. */
export interface Program {
  name: string;
  debianPackage: string;
}

export const nginx: Program = { name: 'nginx', debianPackage: 'nginx-light' };
export const wrk: Program = { name: 'wrk', debianPackage: 'wrk' };
export const initdb: Program = { name: 'initdb', debianPackage: 'postgresql' };
/** For the goal `page` alone, which says what it could not measure without it. */
export const chromium: Program = { name: 'chromium', debianPackage: 'chromium' };
export const postgres: Program = { name: 'postgres', debianPackage: 'postgresql' };

/** The path of a program. @throws Error that names the package to install */
export function findProgram(program: Program): string {
  const path = findProgramIfAny(program);
  if (path === undefined) throw new Error(toMissingSentence([program]));
  return path;
}

/** The path of a program, if it is there. */
export function findProgramIfAny({ name }: Program): string | undefined {
  return searchedFolders().map((folder) => join(folder, name)).find(isExecutable);
}

/** @throws Error that names every package to install */
export function assertInstalled(programs: Program[]): void {
  const folders = searchedFolders();
  const missing = programs.filter(({ name }) => !folders.some((folder) => isExecutable(join(folder, name))));
  if (missing.length > 0) throw new Error(toMissingSentence(missing));
}

function toMissingSentence(missing: Program[]): string {
  const names = missing.map(({ name }) => name).join(', ');
  const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))].join(' ');
  return `The bench needs ${names}. On Debian: apt-get install -y --no-install-recommends ${packages}`;
}

/** Debian keeps servers outside the PATH of ordinary users, and PostgreSQL in a folder for each version: the newest first. */
function searchedFolders(): string[] {
  const versions = listOrNothing('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
  return [...versions.map((version) => `/usr/lib/postgresql/${version}/bin`), ...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
}

function listOrNothing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
