// Holds docker-compose.yml against the Compose specification's schema, and against what docs/deploy.md promises of it:
//   node compose.mjs ../../docker-compose.yml NEO4J_VERSION HUKUN_VERSION
//
// The schema comes with dclint, another project's linter, which also looks for what is known to go wrong.

import { readFileSync } from 'node:fs';
import { DCLinter } from 'dclint';
import { parse } from 'yaml';

const [file, neo4jVersion, hukunVersion] = process.argv.slice(2);
if (!hukunVersion) {
  console.error('usage: node compose.mjs FILE NEO4J_VERSION HUKUN_VERSION');
  process.exit(2);
}

const compose = parse(readFileSync(file, 'utf8'));
const services = Object.entries(compose.services);
const complaints = [];
const must = (holds, complaint) => holds || complaints.push(complaint);

lint();
images();
published();
secrets();
services.forEach(confinement);

complaints.forEach((complaint) => console.log(`FAIL ${complaint}`));
console.log(`${services.length} services, ${complaints.length} complaints`);
process.exitCode = complaints.length > 0 || services.length !== 2 ? 1 : 0;

function lint() {
  const rules = {
    // The order of keys is ours: what a service is, then what it may do.
    'service-keys-order': 0,
    'services-alphabetical-order': 0,
    // Both: it is built here, and the name says which release it is.
    'no-build-and-image': 0,
    'require-quotes-in-ports': [2, { quoteType: 'double' }],
  };
  const linter = new DCLinter({ rules, quiet: false, debug: false, exclude: [] });
  const results = linter.lintFiles([file], false);
  must(results.length === 1, 'the linter did not read the file');
  for (const { line, rule, message } of results.flatMap((result) => result.messages)) {
    complaints.push(`line ${line}: ${message} (${rule})`);
  }
}

function images() {
  must(compose.services.hukun.image === `hukun:${hukunVersion}`, 'the image of hukun has another version than Cargo.toml');
  // What is deployed is what the tests ran against.
  const neo4j = `neo4j:${neo4jVersion}-community`;
  must(compose.services.neo4j.image === neo4j, `the image of neo4j is not ${neo4j}, which the tests run against`);
}

function published() {
  const ports = services.flatMap(([, service]) => service.ports ?? []);
  const api = compose.services.hukun.ports ?? [];
  must(ports.length === 1 && api.length === 1, `one port is published, the API's: ${JSON.stringify(ports)}`);
  must(/^127\.0\.0\.1:[^:]*(:-\d+})?:8080$/.test(api[0]), `the API is published on loopback alone: ${api[0]}`);
  const [only, ...others] = compose.services.neo4j.networks;
  must(only && others.length === 0 && compose.networks[only].internal, 'neo4j is on one network, an internal one');
  for (const [name, service] of services) {
    for (const way of ['expose', 'network_mode', 'privileged', 'devices', 'pid', 'ipc', 'cap_add', 'env_file']) {
      must(!(way in service), `${name} has ${way}`);
    }
  }
}

function secrets() {
  for (const [name, service] of services) {
    const secret = Object.entries(service.environment).filter(([key]) => /PASSWORD|AUTH/.test(key));
    must(secret.length === 1, `${name} is given one secret`);
    for (const [key, value] of secret) {
      const granted = service.secrets.map((granted) => `/run/secrets/${granted}`);
      must(key.endsWith('_FILE') && granted.includes(value), `${name} takes ${key} from a secret that it is granted`);
    }
  }
  for (const [name, { file: path }] of Object.entries(compose.secrets)) {
    must(path === `./secrets/${name}`, `the secret ${name} is a file that scripts/secrets.sh makes`);
  }
}

function confinement([name, service]) {
  must(service.restart === 'unless-stopped', `${name} is started again`);
  must(service.mem_limit && service.pids_limit && service.stop_grace_period, `${name} has limits`);
  must(service.cap_drop?.join() === 'ALL', `${name} has no capabilities`);
  must(service.security_opt?.includes('no-new-privileges:true'), `${name} gains no privileges`);
  must(service.logging?.options?.['max-size'], `the log of ${name} ends somewhere`);
  // Those of hukun are in its image.
  must(name === 'hukun' || (service.healthcheck?.test && !/^(0|root)/.test(service.user ?? 'root')), `${name} is no root`);
  must(name === 'neo4j' || service.read_only, `the files of ${name} are read-only`);
}
