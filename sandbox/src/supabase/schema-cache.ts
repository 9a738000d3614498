import pg from 'pg';

export interface Table {
	readonly name: string;
	/** Column → type, as SQL writes it. */
	readonly columns: ReadonlyMap<string, string>;
	readonly primaryKey: readonly string[];
}

export interface RestFunction {
	readonly name: string;
	readonly args: readonly { readonly name: string; readonly type: string; readonly optional: boolean }[];
	readonly returns: 'void' | 'set' | 'record' | 'value';
	/** A set of plain values, not of rows. */
	readonly isScalar: boolean;
	/** PostgREST sets it for the whole call: https://supabase.com/docs/guides/database/postgres/timeouts#function-level */
	readonly statementTimeout: string | null;
}

export interface Schema {
	readonly tables: ReadonlyMap<string, Table>;
	readonly functions: ReadonlyMap<string, RestFunction>;
	/** Role → its statement_timeout. */
	readonly timeouts: ReadonlyMap<string, string>;
}

/** What PostgREST knows of the schema `public`: as it was at the last `NOTIFY pgrst, 'reload schema'`. */
export interface SchemaCache {
	current(): Promise<Schema>;
	close(): Promise<void>;
}

export function createSchemaCache(url: string): SchemaCache {
	const client = new pg.Client({ connectionString: url });
	let schema: Promise<Schema> | undefined;
	const read = () => {
		schema = readSchema(client);
		// Whoever asks for it is told; the process must not end because nobody does.
		schema.catch(() => undefined);
	};
	const connected = client.connect().then(async () => {
		client.on('notification', read);
		// The server may go first, at the end of a test.
		client.on('error', () => undefined);
		await client.query('LISTEN pgrst');
		read();
	});
	// As above.
	connected.catch(() => undefined);
	return {
		async current() {
			await connected;
			if (schema === undefined) throw new Error('The schema was not read.');
			return await schema;
		},
		async close() {
			await connected.catch(() => undefined);
			client.removeAllListeners('notification');
			await schema?.catch(() => undefined);
			await client.end();
		},
	};
}

async function readSchema(client: pg.Client): Promise<Schema> {
	const { rows: columns } = await client.query<{ table: string; column: string; type: string; key: boolean }>(
		`SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type, coalesce(a.attnum = ANY (i.indkey), false) AS key
		 FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		 LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
		 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p') ORDER BY c.relname, a.attnum`,
	);
	const tables = new Map<string, { name: string; columns: Map<string, string>; primaryKey: string[] }>();
	for (const { table, column, type, key } of columns) {
		const known = tables.get(table) ?? { name: table, columns: new Map<string, string>(), primaryKey: [] };
		known.columns.set(column, type);
		if (key) known.primaryKey.push(column);
		tables.set(table, known);
	}
	const { rows: functions } = await client.query<{ name: string; names: string[] | null; types: string[]; defaults: number; set: boolean; type: string; kind: string; config: string[] | null }>(
		`SELECT p.proname AS name, p.proargnames AS names, ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY u (t, n) ORDER BY n) AS types,
			p.pronargdefaults AS defaults, p.proretset AS set, p.prorettype::regtype::text AS type, t.typtype AS kind, p.proconfig AS config
		 FROM pg_proc p JOIN pg_type t ON t.oid = p.prorettype WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype`,
	);
	const { rows: roles } = await client.query<{ role: string; config: string[] }>('SELECT rolname AS role, rolconfig AS config FROM pg_roles WHERE rolconfig IS NOT NULL');
	return {
		tables,
		functions: new Map(
			functions.map(({ name, names, types, defaults, set, type, kind, config }): [string, RestFunction] => {
				const isRow = kind === 'c' || type === 'record';
				return [name, {
					name,
					args: types.map((argType, index) => ({ name: names?.[index] ?? '', type: argType, optional: index >= types.length - defaults })),
					returns: type === 'void' ? 'void' : set ? 'set' : isRow ? 'record' : 'value',
					isScalar: !isRow,
					statementTimeout: settingIn(config ?? [], 'statement_timeout'),
				}];
			}),
		),
		timeouts: new Map(roles.flatMap(({ role, config }): [string, string][] => {
			const timeout = settingIn(config, 'statement_timeout');
			return timeout === null ? [] : [[role, timeout]];
		})),
	};
}

function settingIn(config: readonly string[], name: string): string | null {
	return config.find((setting) => setting.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}
