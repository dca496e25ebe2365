// Makes GraphQL requests over a schema, many of them subtly wrong, and says what graphql-js makes of each:
//   node requests.mjs SCHEMA SEED COUNT
// One JSON object a line: {query, variables, operationName, valid, why, coerced}. The same seed gives the same requests.
// With `-` for the seed the requests are read from the standard input, one a line.

import { readFileSync } from 'node:fs';
import {
  buildSchema, getNamedType, getOperationAST, getVariableValues, isAbstractType, isCompositeType, isEnumType,
  isInputObjectType, isLeafType, isListType, isNonNullType, isRequiredArgument, isRequiredInputField, parse, validate,
  valueFromASTUntyped,
} from 'graphql';

const [file, seed, count] = process.argv.slice(2);
const schema = buildSchema(readFileSync(file, 'utf8'));

// What the descriptions of the scalars say, read a second time.
const isDate = (text) => {
  const [year, month = 1, day = 1] = text.split('-').map(Number);
  const days = [31, year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
};
const scalars = {
  Date: (value) => typeof value === 'string' && /^\d{4}(-\d\d(-\d\d)?)?$/.test(value) && isDate(value),
  PartialDate: (value) => typeof value === 'string' && /^\d{4}(-\d\d(-\d\d)?)?$/.test(value) && isDate(value),
  DateTime: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value),
  Decimal: (value) => (typeof value === 'string' && /^-?\d{1,20}(\.\d{1,8})?$/.test(value)) || Number.isInteger(value),
};
for (const [name, takes] of Object.entries(scalars)) {
  const type = schema.getType(name);
  type.parseValue = (value) => {
    if (!takes(value)) throw new Error(`${name} does not take ${JSON.stringify(value)}`);
    return value;
  };
  type.parseLiteral = (node) => type.parseValue(valueFromASTUntyped(node));
}

// Mulberry32.
let state = Number(seed) >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const chance = (p) => random() < p;
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];

const WORDS = ['fund:f', 'zh', 'CNY', 'x', '上海', '2024', '2024-03', '2024-02-29', '2023-02-29', '2024-03-05', '2024-3-5', '', '0.3', '-12.50', '1e3', 'a"b', 'a\\b', 'FUND', 'é😀'];
const TYPES = ['Int', 'Float', 'String', 'Boolean', 'ID', 'EntityKind', 'EntityFilter', 'Fund', 'Entity', 'Nothing', 'Decimal', 'Date', 'QuantityInput'];

class Request {
  constructor(wrong) {
    this.wrong = wrong;
    this.fragments = [];
    this.variables = {};
    this.names = 0;
  }

  /** Now and then, in a request that is to be wrong: makes a mistake here. */
  slip(p = 0.04) {
    return this.wrong && chance(p);
  }

  name(prefix) {
    this.names += 1;
    return `${prefix}${this.names}`;
  }

  build() {
    const kind = pick(['query', 'query', 'query', 'query', 'query', 'query', 'mutation', 'mutation', 'subscription']);
    const several = chance(0.1);
    const first = this.operation(kind, several && !this.slip(0.1) ? this.name('Op') : undefined);
    const parts = [first.text];
    let operationName = null;
    if (several) {
      const second = this.operation('query', this.slip(0.1) ? first.name : this.name('Op'));
      parts.push(second.text);
      operationName = this.slip(0.2) ? null : (first.name ?? (this.slip(0.5) ? 'other' : null));
    } else if (chance(0.1)) {
      operationName = this.slip(0.2) ? 'other' : (first.name ?? null);
    }
    if (this.slip(0.03)) parts.push(pick(['type T { a: Int }', 'extend type Query { a: Int }', 'schema { query: Query }', 'fragment unused on Query { revision }', 'fragment on on Query { revision }', 'fragment loop on Query { ...loop }', 'scalar Q', 'fragment f on Int { a }']));
    for (let at = 0; at < this.fragments.length; at += 1) parts.push(this.fragments[at]);
    let query = (chance(0.2) ? parts.reverse() : parts).join(chance(0.5) ? '\n' : ' ');
    if (this.wrong && chance(0.08)) query = this.scratch(query);
    return { query, variables: this.variables, operationName };
  }

  /** Changes a character of the text. */
  scratch(text) {
    const letters = Array.from(text);
    const at = below(letters.length);
    const insert = pick(['', '', '{', '}', '(', ')', ':', '!', '$', '@', '"', '...', ' on ', '0', '-', '.', '#', '\\', '|', '&', '\u00e9', ',', '[', 'null', '\n', '=', '\ufeff', '\u0007']);
    letters.splice(at, below(2), insert);
    return letters.join('');
  }

  operation(kind, givenName) {
    this.definitions = [];
    const name = givenName ?? (chance(0.5) ? this.name('Op') : undefined);
    const root = { query: schema.getQueryType(), mutation: schema.getMutationType(), subscription: schema.getSubscriptionType() }[kind];
    const fields = kind === 'subscription' ? 1 : kind === 'mutation' ? 1 + below(2) : 1 + below(3);
    let body = this.selections(root, 4, kind === 'subscription' ? (this.slip(0.2) ? 2 : 1) : fields, kind);
    const directives = this.slip(0.03) ? ' @skip(if: true)' : '';
    if (this.slip(0.03)) this.definitions.push(`$unused: ${pick(TYPES)}`);
    if (this.slip(0.03) && this.definitions.length) this.definitions.push(pick(this.definitions));
    const defined = this.definitions.length || this.slip(0.01) ? `(${this.definitions.join(chance(0.5) ? ', ' : ' ')})` : '';
    const head = kind === 'query' && !name && !defined && !directives && chance(0.7) ? '' : `${kind}${name ? ` ${name}` : ''}${defined}${directives} `;
    if (this.slip(0.01)) body = '{ }';
    return { text: head + body, name };
  }

  selections(type, depth, count, kind) {
    const items = [];
    for (let n = 0; n < count; n += 1) items.push(this.selection(type, depth, kind));
    if (this.slip(0.02)) items.push(`same: ${this.field(type, depth, true)}`, `same: ${this.field(type, depth, true)}`);
    if (this.wrong && chance(0.06) && items.length) items.push(pick(items));
    return `{ ${items.join(chance(0.8) ? ' ' : ', ')} }`;
  }

  selection(type, depth, kind) {
    if (kind === undefined && this.slip(0.01)) return pick(['nothing', '__schema { types { name } }', '...absent', '... on Nothing { id }', '... on Int { id }', '...on', '__typename { x }', '__typename(a: 1)']);
    if (chance(kind === 'subscription' ? 0.05 : 0.08)) return `${chance(0.3) ? `${this.name('t')}: ` : ''}__typename${this.directives()}`;
    if (depth > 0 && chance(0.2)) return this.fragment(type, depth, kind);
    return this.field(type, depth);
  }

  fragment(type, depth, kind) {
    const possible = isAbstractType(type) ? [type, ...schema.getPossibleTypes(type)] : [type, ...type.getInterfaces()];
    const on = this.slip(0.05) ? pick(['Fund', 'Entity', 'Query', 'Relation', 'EntityFilter', 'EntityKind', 'Node'].map((one) => schema.getType(one))) : pick(possible);
    if (!isCompositeType(on)) return `... on ${on.name} { id }`;
    const body = this.selections(on, depth - 1, kind === 'subscription' ? 1 : 1 + below(2), kind);
    if (chance(0.5)) return `...${chance(0.9) ? ` on ${on.name}` : ''}${this.directives()} ${body}`.replace(/^\.\.\. \{/, '... {');
    const name = this.slip(0.02) ? 'on' : this.name('F');
    this.fragments.push(`fragment ${name} on ${on.name} ${this.slip(0.03) ? body.replace('{', `{ ...${name}`) : body}`);
    return `...${name}${this.directives()}${this.slip(0.03) ? ` ...${name}` : ''}`;
  }

  field(type, depth, bare = false) {
    let fields = Object.values(type.getFields());
    if (depth <= 1) {
      const leaves = fields.filter((field) => isLeafType(getNamedType(field.type)));
      if (leaves.length) fields = leaves;
    }
    if (!fields.length) return '__typename';
    const field = pick(fields);
    const named = getNamedType(field.type);
    let name = field.name;
    if (this.slip(0.01)) name = pick([`${name}s`, name.slice(1) || 'x', name.toUpperCase(), 'nothing']);
    const alias = !bare && chance(0.15) ? `${this.slip(0.1) ? pick(['a', 'id', 'name']) : this.name('a')}: ` : '';
    let body = '';
    if (isCompositeType(named)) body = this.slip(0.02) ? '' : ` ${this.selections(named, depth - 1, 1 + below(3))}`;
    else if (this.slip(0.01)) body = ' { id }';
    if (isCompositeType(named) && depth <= 0) body = ' { __typename }';
    return `${alias}${name}${this.given(field.args)}${this.directives()}${body}`;
  }

  given(args) {
    const given = [];
    for (const arg of args) {
      const needed = isRequiredArgument(arg);
      if ((needed && !this.slip(0.05)) || (!needed && chance(0.3))) given.push(`${arg.name}: ${this.value(arg.type, 3, arg.defaultValue !== undefined)}`);
    }
    if (this.slip(0.01)) given.push('nothing: 1');
    if (given.length && this.slip(0.01)) given.push(given[0]);
    return given.length ? `(${given.join(chance(0.5) ? ', ' : ' ')})` : '';
  }

  directives() {
    let text = '';
    if (chance(0.08)) text += ` @${pick(['skip', 'include'])}(if: ${this.value(schema.getDirective('skip').args[0].type, 1)})`;
    if (this.slip(0.01)) text += pick([' @skip', ' @nothing', ' @include(if: 1)', ' @deprecated', ' @skip(if: true) @skip(if: true)', ' @include(unless: true)', ' @skip(if: null)', ' @specifiedBy(url: "x")']);
    return text;
  }

  /** A value in a document: written out, or a variable. */
  value(type, depth, hasDefault = false) {
    if (chance(0.3)) return this.variable(type, hasDefault);
    return this.literal(type, depth);
  }

  variable(type, hasDefault) {
    const name = this.name('v');
    let declared = String(type);
    if (!isNonNullType(type) && chance(0.2)) declared += '!';
    let defaulted = '';
    if (chance(0.25)) {
      if (isNonNullType(type) && chance(0.5)) declared = String(type.ofType);
      const of = isNonNullType(type) ? type.ofType : type;
      defaulted = ` = ${chance(0.1) ? 'null' : this.constant(of)}`;
    } else if (hasDefault && isNonNullType(type) && chance(0.5)) declared = String(type.ofType);
    if (this.slip(0.04)) declared = pick([pick(TYPES), `[${declared}]`, declared.replace(/!$/, ''), `[${pick(TYPES)}]`]);
    if (!this.slip(0.02)) this.definitions.push(`$${name}: ${declared}${defaulted}`);
    if ((defaulted || !declared.endsWith('!')) && chance(0.4)) return `$${name}`;
    if (!this.slip(0.03)) this.variables[name] = this.json(type, 3);
    return `$${name}`;
  }

  constant(type) {
    const before = this.definitions;
    this.definitions = [];
    const mark = this.inConstant;
    this.inConstant = true;
    const text = this.literal(type, 2);
    this.inConstant = mark;
    this.definitions = before;
    return text;
  }

  literal(type, depth, needed = false) {
    if (this.slip(0.02)) return pick(['null', '"x"', '1', '1.5', 'true', 'FUND', 'NOTHING', '[]', '[1]', '{}', '{ a: 1 }', '2147483648', '-2147483649', '1e400', '"FUND"', '[[1]]', '99999999999999999999999', '$undefined']);
    if (isNonNullType(type)) return this.literal(type.ofType, depth, true);
    if (!needed && chance(0.06)) return 'null';
    if (isListType(type)) {
      if (chance(0.15)) return this.literal(type.ofType, depth, true);
      const items = Array.from({ length: below(3) }, () => (this.inConstant ? this.literal(type.ofType, depth - 1) : this.value(type.ofType, depth - 1)));
      return `[${items.join(chance(0.5) ? ', ' : ' ')}]`;
    }
    if (isInputObjectType(type)) {
      const fields = [];
      for (const field of Object.values(type.getFields())) {
        const required = isRequiredInputField(field);
        if ((required && !this.slip(0.04)) || (!required && depth > 0 && chance(0.2))) {
          fields.push(`${field.name}: ${this.inConstant ? this.literal(field.type, depth - 1) : this.value(field.type, depth - 1, field.defaultValue !== undefined)}`);
        }
      }
      if (this.slip(0.02)) fields.push('nothing: 1');
      if (fields.length && this.slip(0.02)) fields.push(fields[0]);
      return `{ ${fields.join(chance(0.5) ? ', ' : ' ')} }`;
    }
    if (isEnumType(type)) {
      const name = pick(type.getValues()).name;
      return this.slip(0.05) ? `"${name}"` : name;
    }
    switch (type.name) {
      case 'Int': return pick(['0', '1', '-0', '3', '10', '-5', '2147483647', '-2147483648']);
      case 'Float': return pick(['0', '1', '0.5', '-1.25', '1e3', '1.0E-2', '-0.0', '123456789012345678901234567890']);
      case 'Boolean': return pick(['true', 'false']);
      case 'ID': return chance(0.2) ? pick(['4', '-7', '0', '123456789012345678901234567890']) : this.text(pick(WORDS));
      case 'String': return this.text(pick(WORDS));
      default: return this.wrong && chance(0.3) ? pick(['1', '"x"', '2024', '1.5', 'true', this.text(pick(WORDS))]) : this.text(good(type.name));
    }
  }

  /** A string in one of the ways to write it. */
  text(text) {
    const way = below(10);
    if (way === 0) return `"""${text.replaceAll('"""', '\\"""')} """`;
    if (way === 1) return `"""\n    ${text}\n      deeper \\""" \n  """`;
    if (way === 2) return `"${Array.from(text, (one) => `\\u{${one.codePointAt(0).toString(16)}}`).join('')}"`;
    if (way === 3) return `"${Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;
    if (way === 4 && this.wrong && chance(0.2)) return pick(['"\\ud83d"', '"\\ude00\\ud83d"', '"\\u{110000}"', '"\\u{}"', '"\\x"', '"a\nb"', '"\\u12"', '"\\u{d83d}"', '"', '"""', '"\\u{0000000000041}"']);
    if (way === 5) return `"${'\\b\\f\\n\\r\\t\\/'}${JSON.stringify(text).slice(1)}`;
    return JSON.stringify(text);
  }

  json(type, depth, needed = false) {
    if (this.slip(0.03)) return pick([null, 'x', 1, 1.5, 1.0, true, 'FUND', 'NOTHING', [], [1], {}, { a: 1 }, 2147483648, -2147483649, 1e30, '1', [[1]], 9007199254740993, -0]);
    if (isNonNullType(type)) return this.json(type.ofType, depth, true);
    if (!needed && chance(0.06)) return null;
    if (isListType(type)) {
      if (chance(0.15)) return this.json(type.ofType, depth, true);
      return Array.from({ length: below(3) }, () => this.json(type.ofType, depth - 1));
    }
    if (isInputObjectType(type)) {
      const object = {};
      for (const field of Object.values(type.getFields())) {
        const required = isRequiredInputField(field);
        if ((required && !this.slip(0.04)) || (!required && depth > 0 && chance(0.2))) object[field.name] = this.json(field.type, depth - 1);
      }
      if (this.slip(0.02)) object.nothing = 1;
      return object;
    }
    if (isEnumType(type)) return pick(type.getValues()).name;
    switch (type.name) {
      case 'Int': return pick([0, 1, 3, 10, -5, 2147483647, -2147483648]);
      case 'Float': return pick([0, 1, 0.5, -1.25, 1000]);
      case 'Boolean': return pick([true, false]);
      case 'ID': return chance(0.2) ? pick([4, -7, 0]) : pick(WORDS);
      case 'String': return pick(WORDS);
      default: return this.wrong && chance(0.2) ? pick([1, 'x', 2024, 1.5, true, pick(WORDS)]) : good(type.name);
    }
  }
}

function good(scalar) {
  switch (scalar) {
    case 'Date': return pick(['2024-03-05', '2024-02-29']);
    case 'PartialDate': return pick(['2024', '2024-03', '2024-03-05']);
    case 'DateTime': return pick(['2024-03-05T08:00:00Z', '2024-03-05T08:00:00+08:00']);
    default: return pick(['12.5', '-3', '0.3', '5000000000']);
  }
}

function judge({ query, variables, operationName }) {
  const refused = (error) => ({ valid: false, why: error.message });
  let document;
  try {
    document = parse(query, { noLocation: true });
  } catch (error) {
    return refused(error);
  }
  try {
    const errors = validate(schema, document, undefined, { maxErrors: 1 });
    if (errors.length) return refused(errors[0]);
  } catch (error) {
    // It throws where the root field of a subscription is skipped by a variable.
    return refused(error);
  }
  const operation = getOperationAST(document, operationName);
  if (!operation) return refused(new Error('no such operation'));
  const values = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
  return values.errors ? refused(values.errors[0]) : { valid: true, coerced: values.coerced };
}

const tell = (request) => console.log(JSON.stringify({ ...request, ...judge(request) }));
if (seed === '-') {
  for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) tell(JSON.parse(line));
} else {
  for (let n = 0; n < Number(count); n += 1) tell(new Request(n % 4 !== 0).build());
}
