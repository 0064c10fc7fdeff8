import { availableParallelism } from 'node:os';
import type { Config } from '../config.js';
import { toKeysDir } from '../identity/keys.js';
import type { BoardFacts } from './board-facts.js';
import { checkAnswers } from './check-answers.js';
import { checkClock, checkMedia, checkMediaAddresses, checkNeighbours, checkProcesses, checkSchema, checkServer, checkStaff } from './check-facts.js';
import { checkBackups, checkDataDir, checkKeys } from './check-place.js';
import { checkAddress, checkLimits, checkMetrics, checkNode, checkOpenFiles, checkSettings } from './check-settings.js';
import { type Finding, fault, ok, warning } from './finding.js';

/** What the doctor looks at. Whatever could not be had is undefined: then the checks that need it say nothing. */
export interface Patient {
  nodeVersion: string;
  oldestNode: string;
  settingNames: readonly string[];
  /** Names of all environment variables. */
  environment: readonly string[];
  /** Sentences about wrong settings. */
  settingFaults: readonly string[];
  config: Readonly<Config> | undefined;
  isRunning: boolean;
  facts?: BoardFacts;
  /** Why there are no facts, in sentences. */
  refusal?: readonly string[];
  now: Date;
}

export interface Check {
  name: string;
  findings: Finding[];
}

type Rule = (patient: Patient) => Finding[] | Promise<Finding[]>;

const withConfig = (rule: (config: Readonly<Config>, patient: Patient) => Finding[] | Promise<Finding[]>): Rule => (patient) => (patient.config === undefined ? [] : rule(patient.config, patient));
const withFacts = (rule: (facts: BoardFacts) => Finding[] | Promise<Finding[]>): Rule => ({ facts }) => (facts === undefined ? [] : rule(facts));
/** The settings of the running board when one runs, else of this environment. */
const withSettings = (rule: (settings: Pick<Config, 'publicOrigin' | 'trustedProxies' | 'hasPostingLimits' | 'metricsPort' | 'metricsHost' | 'maxConnections'>, patient: Patient) => Finding[]): Rule => (patient) => {
  const { config, facts } = patient;
  if (facts !== undefined) return rule({ ...facts.settings, publicOrigin: facts.settings.publicOrigin, metricsPort: facts.settings.metricsPort }, patient);
  return config === undefined ? [] : rule(config, patient);
};

/** Every check there is, in the order in which they are told. */
const rules: Record<string, Rule> = {
  node: ({ nodeVersion, oldestNode, facts }) => checkNode(facts?.process.node ?? nodeVersion, oldestNode),
  settings: ({ settingNames, settingFaults, environment }) => checkSettings(settingNames, settingFaults, environment),
  board: ({ isRunning, facts, config }) => checkRunning(isRunning, facts, config),
  answers: ({ isRunning, facts }) => (isRunning && facts !== undefined && facts.settings.port !== 0 ? checkAnswers(facts.settings) : []),
  address: withSettings((settings) => checkAddress(settings)),
  limits: withSettings((settings) => checkLimits(settings)),
  metrics: withSettings((settings) => checkMetrics(settings)),
  'open files': withSettings(({ maxConnections }, { facts }) => checkOpenFiles(maxConnections, facts?.process.mostFiles)),
  'data directory': withConfig(({ dataDir }, { isRunning }) => checkDataDir(dataDir, isRunning)),
  keys: withConfig((config) => checkKeys(toKeysDir(config))),
  database: ({ facts, refusal }) => (facts !== undefined ? checkServer(facts) : (refusal ?? []).map((text): Finding => ({ state: 'fault', text }))),
  schema: withFacts(checkSchema),
  neighbours: withFacts(checkNeighbours),
  processes: withFacts(({ settings }) => checkProcesses(settings.webConcurrency, availableParallelism())),
  staff: withFacts((facts) => (facts.migrations.pending.length > 0 ? [] : checkStaff(facts))),
  media: withFacts((facts) => (facts.migrations.pending.length > 0 ? [] : checkMedia(facts))),
  'media address': withFacts(checkMediaAddresses),
  clock: withFacts(checkClock),
  backups: withConfig(({ dataDir }, { now, facts }) => (facts === undefined ? [] : checkBackups(dataDir, now))),
};

/** Looks at everything. A check that breaks is a finding of its own, and keeps none of the others from being told. */
export async function examine(patient: Patient): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, rule] of Object.entries(rules)) {
    const findings = await Promise.resolve()
      .then(() => rule(patient))
      .catch((error: unknown) => [fault('doctor.broken', { what: error instanceof Error ? error.message : String(error) })]);
    if (findings.length > 0) checks.push({ name, findings });
  }
  return checks;
}

function checkRunning(isRunning: boolean, facts: BoardFacts | undefined, config: Readonly<Config> | undefined): Finding[] {
  if (!isRunning) return [ok('doctor.board.stopped')];
  const differs = facts !== undefined && config !== undefined && (facts.settings.isOnServer !== (config.databaseUrl !== undefined) || facts.settings.publicOrigin !== config.publicOrigin);
  return [differs ? warning('doctor.board.otherSettings') : ok('doctor.board.runs')];
}
