/** MongoDB's codes: https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
const CODES = {
	BadValue: 2,
	FailedToParse: 9,
	AuthenticationFailed: 18,
	IllegalOperation: 20,
	NamespaceNotFound: 26,
	CursorNotFound: 43,
	CommandNotFound: 59,
	ImmutableField: 66,
	CannotCreateIndex: 67,
	InvalidNamespace: 73,
	IndexOptionsConflict: 85,
	IndexKeySpecsConflict: 86,
	InvalidIndexSpecificationOption: 197,
	NotImplemented: 238,
	BSONObjectTooLarge: 10_334,
	DuplicateKey: 11_000,
	UnknownField: 40_415,
} as const;
export type CodeName = keyof typeof CODES;

/** What a command answers with `ok: 0`, or a write of many in `writeErrors`. */
export class MongoError extends Error {
	readonly code: number;
	readonly codeName: CodeName;

	constructor(codeName: CodeName, message: string) {
		super(message);
		this.codeName = codeName;
		this.code = CODES[codeName];
	}
}
