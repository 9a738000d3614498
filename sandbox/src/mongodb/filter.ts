import type { Document } from 'bson';
import { MongoError } from './errors.ts';
import { compare, isPlain, typeOf, valueAt } from './values.ts';

type Matches = (document: Document) => boolean;

export interface Filter {
	readonly document: Document;
	readonly matches: Matches;
}
type Test = (value: unknown) => boolean;

/**
 * A query filter: equality, $eq $ne $lt $lte $gt $gte $in $nin $exists, $and $or. Everything else is refused, never passed over: a filter
 * that means less than it says would show a tenant's data to another.
 * @throws MongoError `BadValue`
 */
export function readFilter(filter: unknown): Filter {
	const matches = readMatches(filter);
	return { document: isPlain(filter) ? filter : {}, matches };
}

function readMatches(filter: unknown): Matches {
	if (!isPlain(filter)) throw new MongoError('BadValue', 'A filter must be a document.');
	const parts = Object.entries(filter).map(([name, condition]): Matches => {
		if (name === '$and' || name === '$or') {
			const branches = listOf(name, condition).map(readMatches);
			if (branches.length === 0) throw new MongoError('BadValue', '$and/$or/$nor must be a nonempty array');
			return name === '$and' ? (document) => branches.every((matches) => matches(document)) : (document) => branches.some((matches) => matches(document));
		}
		if (name.startsWith('$')) throw new MongoError('BadValue', `unknown top level operator: ${name}`);
		const test = readCondition(condition);
		return (document) => test(valueAt(document, name));
	});
	return (document) => parts.every((matches) => matches(document));
}

function readCondition(condition: unknown): Test {
	if (!isPlain(condition) || !Object.keys(condition).some((name) => name.startsWith('$'))) return equals(condition);
	const tests = Object.entries(condition).map(([name, operand]) => readOperator(name, operand));
	return (value) => tests.every((test) => test(value));
}

function readOperator(name: string, operand: unknown): Test {
	switch (name) {
		case '$eq':
			return equals(operand);
		case '$ne':
			return not(equals(operand));
		case '$lt':
			return ordered(operand, (difference) => difference < 0);
		case '$lte':
			return ordered(operand, (difference) => difference <= 0);
		case '$gt':
			return ordered(operand, (difference) => difference > 0);
		case '$gte':
			return ordered(operand, (difference) => difference >= 0);
		case '$in':
			return anyOf(listOf(name, operand).map(equals));
		case '$nin':
			return not(anyOf(listOf(name, operand).map(equals)));
		case '$exists':
			return (value) => (value !== undefined) === Boolean(operand);
		default:
			throw new MongoError('BadValue', `unknown operator: ${name}`);
	}
}

/** null equals an absent field, too. */
function equals(operand: unknown): Test {
	typeOf(operand);
	return (value) => compare(value, operand) === 0;
}

/** Only values of the operand's own type are compared: "a" is neither below nor above 1. */
function ordered(operand: unknown, holds: (difference: number) => boolean): Test {
	const type = typeOf(operand);
	return (value) => typeOf(value) === type && (value !== undefined || operand === undefined) && holds(compare(value, operand));
}

function anyOf(tests: readonly Test[]): Test {
	return (value) => tests.some((test) => test(value));
}

function not(test: Test): Test {
	return (value) => !test(value);
}

function listOf(name: string, value: unknown): unknown[] {
	if (!Array.isArray(value)) throw new MongoError('BadValue', `${name} needs an array`);
	return value;
}

/** What a filter says a document has: its plain equalities. An upsert that finds nothing begins with them. */
export function equalitiesOf(filter: Document): Document {
	const found: Document = {};
	for (const [name, condition] of Object.entries(filter)) {
		if (name === '$and') for (const part of listOf(name, condition)) Object.assign(found, isPlain(part) ? equalitiesOf(part) : {});
		else if (name.startsWith('$')) continue;
		else if (!isPlain(condition) || !Object.keys(condition).some((key) => key.startsWith('$'))) found[name] = condition;
		else if ('$eq' in condition) found[name] = condition['$eq'];
	}
	return found;
}
