import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ExcelJS from 'exceljs';
import pg from 'pg';
import { searchItems } from '../../provisioner/src/features/catalog/search.ts';
import type { SupabaseSettings } from '../../provisioner/src/vendors/supabase/client.ts';
import { createDatabase } from '../../provisioner/src/store/database.ts';
import { migrate } from '../../provisioner/src/store/migrate.ts';
import { during, say } from '../progress.ts';
import type { Durations, Results } from '../results.ts';
import { ROOT, type Stage } from '../stage.ts';
import { rounded, summarise } from '../statistics.ts';
import { startSupabaseProject } from './supabase-project.ts';

type CatalogResult = NonNullable<Results['catalog']>;

const DATABASE = 'catalog';
const WARM_UP = 50;

/** A long file's way into the database, and searches among many companies' catalogs, under row-level security. */
export async function measureCatalog(stage: Stage, { catalogRows, catalogCompanies, catalogItems, catalogSearches }: Durations): Promise<CatalogResult> {
	const urls = { owner: await stage.databaseUrl(DATABASE), app: stage.appUrl(DATABASE) };
	await migrate(urls.owner, urls.app);
	const owner = new pg.Pool({ connectionString: urls.owner, max: 1 });
	const files = { csv: join(stage.stateDir, 'catalog.csv'), xlsx: join(stage.stateDir, 'catalog.xlsx'), one: join(stage.stateDir, 'one.csv') };
	try {
		await during(`writing files of ${catalogRows} rows`, catalogRows / 10_000, async () => {
			await writeCsv(files.csv, catalogRows);
			await writeXlsx(files.xlsx, catalogRows);
			await writeCsv(files.one, catalogItems);
		});
		const imported = async (name: string, path: string, supabase?: SupabaseSettings) => {
			await addCompany(owner, name);
			const run = await importApart(urls.app, name, path, supabase);
			say(`    ${name}: ${run.inserted} rows, ${rounded(run.fileMb)} MB in ${rounded(run.seconds)} s, at most ${rounded(run.peakMb)} MB`);
			return run;
		};
		const csv = await during('importing as CSV', catalogRows / 4_000, () => imported('csv', files.csv));
		const xlsx = await during('importing as XLSX', catalogRows / 4_000, () => imported('xlsx', files.xlsx));
		const project = await startSupabaseProject(stage, 'supabase');
		const supabaseCsv = await during('importing as CSV into Supabase', catalogRows / 4_000, () => imported('supabase_csv', files.csv, project));
		const supabaseXlsx = await during('importing as XLSX into Supabase', catalogRows / 4_000, () => imported('supabase_xlsx', files.xlsx, project));
		await owner.query('DELETE FROM tenants');
		await during(`${catalogCompanies} companies with ${catalogItems} items each`, (catalogCompanies * catalogItems) / 15_000, async () => {
			await imported('0', files.one);
			for (let company = 1; company < catalogCompanies; company++) await copyCompany(owner, String(company));
			await owner.query('VACUUM ANALYZE');
		});
		const searchMs = await during(`${catalogSearches} searches`, catalogSearches / 80, () => search(urls.app, catalogCompanies, catalogItems, catalogSearches));
		say(`    p50 ${rounded(searchMs.p50)} ms, p95 ${rounded(searchMs.p95)} ms`);
		return { rows: catalogRows, csv, xlsx, supabaseCsv, supabaseXlsx, companies: catalogCompanies, items: catalogItems, searchMs };
	} finally {
		await owner.end();
		for (const path of Object.values(files)) await rm(path, { force: true });
	}
}

async function importApart(databaseUrl: string, name: string, path: string, supabase: SupabaseSettings | undefined): Promise<CatalogResult['csv'] & { inserted: number; fileMb: number }> {
	const args = [databaseUrl, `ten_${name}`, `com_${name}`, path, ...(supabase === undefined ? [] : [JSON.stringify(supabase)])];
	const { stdout } = await promisify(execFile)(process.execPath, ['bench/parts/catalog-import.ts', ...args], { cwd: ROOT });
	return JSON.parse(stdout) as CatalogResult['csv'] & { inserted: number; fileMb: number };
}

async function addCompany(owner: pg.Pool, name: string): Promise<void> {
	await owner.query(`INSERT INTO tenants (id, name, email, data_key) VALUES ($1, $1, $1, '')`, [`ten_${name}`]);
	await owner.query(`INSERT INTO companies (id, tenant_id, name, type) VALUES ($1, $2, $1, 'product')`, [`com_${name}`, `ten_${name}`]);
}

/** With the rows of company 0: what an import of the same file would have stored. */
async function copyCompany(owner: pg.Pool, name: string): Promise<void> {
	await addCompany(owner, name);
	const ids = [`ten_${name}`, `com_${name}`];
	await owner.query(
		`INSERT INTO catalog_items (tenant_id, company_id, sku, kind, name, position, item, words, name_terms, places)
		 SELECT $1, $2, sku, kind, name, position, item, words, name_terms, places FROM catalog_items WHERE company_id = 'com_0'`,
		ids,
	);
	await owner.query(`INSERT INTO catalog_words (tenant_id, company_id, word, items) SELECT $1, $2, word, items FROM catalog_words WHERE company_id = 'com_0'`, ids);
}

/** Customers' ways of asking: a name, two words of it, a typing error, another language's letters, nothing that there is. */
const QUERIES: readonly ((item: readonly string[]) => string)[] = [
	([colour, material, kind, number]) => `${colour} ${material} ${kind} ${number}`,
	([colour, , kind]) => `do you have a ${colour} ${kind}`,
	([colour, material, kind]) => `${colour} ${material} ${(kind ?? '').replace(/.$/u, 'x')}`,
	([, , kind]) => `${kind}s`,
	([, material]) => `что-нибудь из ${material}`,
	([, , , number]) => `zeppelin ${number}`,
];

async function search(databaseUrl: string, companies: number, items: number, searches: number) {
	const database = createDatabase(databaseUrl, { maxConnections: 4 });
	try {
		const durations: number[] = [];
		for (let round = 0; round < WARM_UP + searches; round++) {
			const company = (round * 37) % companies;
			const query = QUERIES[round % QUERIES.length]?.(wordsOf((round * 7_919) % items)) ?? '';
			const began = performance.now();
			await database.withTenant(`ten_${company}`, (sql) => searchItems(sql, `com_${company}`, query, { limit: 12 }));
			if (round >= WARM_UP) durations.push(performance.now() - began);
		}
		return summarise(durations);
	} finally {
		await database.close();
	}
}

const HEADERS = ['sku', 'product_name', 'description', 'category', 'price', 'stock', 'website_url', 'image_url', 'cities', 'Colour', 'Material'];
const KINDS = ['rug', 'lamp', 'vase', 'mug', 'candle', 'chair', 'clock', 'basket', 'mirror', 'blanket', 'bowl', 'teapot'];
const MATERIALS = ['wool', 'oak', 'glass', 'clay', 'linen', 'brass', 'bamboo', 'cotton', 'marble', 'cork'];
const COLOURS = ['red', 'green', 'amber', 'navy', 'ivory', 'coral', 'olive', 'plum', 'teal', 'sand'];

function wordsOf(at: number): readonly string[] {
	return [COLOURS[Math.floor(at / 120) % 10] ?? '', MATERIALS[Math.floor(at / 12) % 10] ?? '', KINDS[at % 12] ?? '', String(at)];
}

function rowOf(at: number): string[] {
	const [colour = '', material = '', kind = ''] = wordsOf(at);
	return [
		`sku-${at}`, `${colour} ${material} ${kind} ${at}`, `A ${colour} ${kind} of ${material}, made by hand in a small workshop in the mountains. No two are alike; number ${at % 977} of its series.`, `${kind}s`,
		(1 + (at % 9_000) / 100).toFixed(2), '100', `https://shop.example/p/${at}`, `https://shop.example/i/${at}.jpg`, 'Valencia, Madrid', colour, material,
	];
}

async function writeCsv(path: string, rows: number): Promise<void> {
	const file = createWriteStream(path);
	for (let at = -1; at < rows; at++) {
		const cells = at < 0 ? HEADERS : rowOf(at);
		if (!file.write(`${cells.map((cell) => `"${cell}"`).join(';')}\n`)) await once(file, 'drain');
	}
	await new Promise<void>((resolve) => file.end(resolve));
}

async function writeXlsx(path: string, rows: number): Promise<void> {
	const workbook = new ExcelJS.stream.xlsx.WorkbookWriter({ filename: path, useSharedStrings: true });
	const sheet = workbook.addWorksheet('Products');
	for (let at = -1; at < rows; at++) sheet.addRow(at < 0 ? HEADERS : rowOf(at)).commit();
	sheet.commit();
	await workbook.commit();
}
