import type { Document } from 'bson';
import { Binary, Long, ObjectId } from 'bson';
import { MongoError } from './errors.ts';

/** Types in the order in which MongoDB sorts them: https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/ */
const TYPES = ['null', 'number', 'string', 'object', 'binary', 'objectId', 'bool', 'date'] as const;
export type TypeName = (typeof TYPES)[number];

/** An absent field counts as null. @throws MongoError for a type that the stand-in has no order of (arrays among them: they compare by element) */
export function typeOf(value: unknown): TypeName {
	if (value === null || value === undefined) return 'null';
	if (typeof value === 'number' || value instanceof Long) return 'number';
	if (typeof value === 'string') return 'string';
	if (typeof value === 'boolean') return 'bool';
	if (value instanceof Date) return 'date';
	if (value instanceof ObjectId) return 'objectId';
	if (value instanceof Binary) return 'binary';
	if (isPlain(value)) return 'object';
	throw new MongoError('NotImplemented', `The stand-in compares no ${Array.isArray(value) ? 'arrays' : typeof value}.`);
}

export function isPlain(value: unknown): value is Document {
	return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Negative, 0 or positive, over all types. Strings compare by their UTF-8 bytes, as without a collation. */
export function compare(left: unknown, right: unknown): number {
	const [type, other] = [typeOf(left), typeOf(right)];
	if (type !== other) return TYPES.indexOf(type) - TYPES.indexOf(other);
	if (typeof left === 'string' && typeof right === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(right));
	if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime();
	if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
	if (left instanceof ObjectId && right instanceof ObjectId) return Buffer.compare(left.id, right.id);
	if (left instanceof Binary && right instanceof Binary) return left.position - right.position || left.sub_type - right.sub_type || Buffer.compare(left.buffer, right.buffer);
	if (type === 'number') return Long.isLong(left) && Long.isLong(right) ? left.compare(right) : Number(left) - Number(right);
	if (isPlain(left) && isPlain(right)) return compareDocuments(left, right);
	return 0;
}

/** Field by field in their order: type, name, value. */
function compareDocuments(left: Document, right: Document): number {
	const [own, others] = [Object.entries(left), Object.entries(right)];
	for (const [index, [name, value]] of own.entries()) {
		const other = others[index];
		if (other === undefined) return 1;
		const difference = TYPES.indexOf(typeOf(value)) - TYPES.indexOf(typeOf(other[1])) || compare(name, other[0]) || compare(value, other[1]);
		if (difference !== 0) return difference;
	}
	return own.length - others.length;
}

/** The value under a dotted path; undefined when there is none. */
export function valueAt(document: Document, path: string): unknown {
	let value: unknown = document;
	for (const name of path.split('.')) {
		if (!isPlain(value)) return undefined;
		value = value[name];
	}
	return value;
}

/** For `sort`: each path ascending (1) or descending (-1). @throws MongoError */
export function orderBy(sort: Document): (left: Document, right: Document) => number {
	const keys = Object.entries(sort).map(([path, direction]) => {
		if (direction !== 1 && direction !== -1) throw new MongoError('BadValue', `Illegal key in $sort specification: ${path}: ${JSON.stringify(direction)}`);
		return { path, direction };
	});
	return (left, right) => {
		for (const { path, direction } of keys) {
			const difference = compare(valueAt(left, path), valueAt(right, path));
			if (difference !== 0) return difference * direction;
		}
		return 0;
	};
}
