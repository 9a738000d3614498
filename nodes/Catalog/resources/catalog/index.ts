import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { isTool } from '../../../shared/as-tool.ts';
import { connectPlatform, isRecord, unexpectedAnswer, type Platform } from '../../../shared/platform-api.ts';
import { runItems, type ItemResult } from '../../../shared/run-items.ts';
import { companyPath } from '../item/paths.ts';

const show = (...operation: string[]) => ({ show: { resource: ['catalog'], operation } });
const KINDS = [
	{ name: 'From the File', value: '', description: 'Found out from the headers' },
	{ name: 'Products', value: 'product' },
	{ name: 'Services', value: 'service' },
];

/** Operations on a catalog as a whole. */
export const catalogProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['catalog'] } },
		options: [
			{ name: 'Export to File', value: 'export', description: 'Get the catalog as a file that imports again unchanged', action: 'Export a catalog to a file' },
			{ name: 'Get Versions', value: 'getVersions', description: 'List what imports, edits and restores made of the catalog, newest first', action: 'Get the versions of a catalog' },
			{ name: 'Import From File', value: 'import', description: 'Make a CSV or XLSX file the list of products or services', action: 'Import a catalog from a file' },
			{ name: 'Restore Version', value: 'restore', description: 'Make the catalog what it was; that can be undone the same way', action: 'Restore a version of a catalog' },
		],
		default: 'import',
	},
	{
		displayName: 'Items are matched by SKU, and those that the file no longer has are removed. Nothing is stored when a row is bad, unless "Partial" is on.',
		name: 'importNotice',
		type: 'notice',
		default: '',
		displayOptions: show('import'),
	},
	{
		displayName: 'Input Binary Field',
		name: 'binaryPropertyName',
		type: 'string',
		required: true,
		default: 'data',
		hint: 'The name of the input binary field containing the file',
		description: 'CSV or XLSX, up to 50 MB unless the platform is set otherwise',
		displayOptions: show('import'),
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: show('import'),
		options: [
			{ displayName: 'Dry Run', name: 'dryRun', type: 'boolean', default: false, description: 'Whether to report what would happen and store nothing' },
			{ displayName: 'Kind', name: 'kind', type: 'options', options: KINDS, default: '', description: 'What the rows are' },
			{ displayName: 'Partial', name: 'partial', type: 'boolean', default: false, description: 'Whether to import the good rows although some are bad, and remove nothing' },
			{ displayName: 'Repair', name: 'repair', type: 'boolean', default: false, description: 'Whether to accept the repaired text of a file that was decoded wrongly once' },
			{ displayName: 'Sheet', name: 'sheet', type: 'string', default: '', description: 'Of an XLSX workbook; empty for the first' },
		],
	},
	{
		displayName: 'Format',
		name: 'format',
		type: 'options',
		options: [
			{ name: 'CSV', value: 'csv' },
			{ name: 'XLSX', value: 'xlsx' },
		],
		default: 'csv',
		displayOptions: show('export'),
		description: 'Kind of file to make',
	},
	{
		displayName: 'Kind',
		name: 'kind',
		type: 'options',
		options: [{ name: 'What the Company Sells', value: '' }, ...KINDS.slice(1)],
		default: '',
		displayOptions: show('export'),
		description: 'Of a company that sells both, which list',
	},
	{
		displayName: 'Put Output File in Field',
		name: 'outputField',
		type: 'string',
		required: true,
		default: 'data',
		hint: 'The name of the output binary field to put the file in',
		description: 'The file goes on with the item, for a node that sends or stores files',
		displayOptions: show('export'),
	},
	{
		displayName: 'Version',
		name: 'version',
		type: 'number',
		typeOptions: { minValue: 0, numberPrecision: 0 },
		required: true,
		default: 0,
		displayOptions: show('restore'),
		description: 'As Get Versions lists it. The one before an import is its version minus 1.',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 100 },
		default: 50,
		displayOptions: show('getVersions'),
		description: 'Max number of results to return',
	},
];

type Act = (context: IExecuteFunctions, platform: Platform, item: INodeExecutionData, itemIndex: number) => Promise<ItemResult>;

const CONTENT_TYPES: Readonly<Record<string, string>> = { csv: 'text/csv', tsv: 'text/tab-separated-values', txt: 'text/plain', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' };

const importFile: Act = async (context, platform, item, itemIndex) => {
	const field = String(context.getNodeParameter('binaryPropertyName', itemIndex, 'data'));
	const file = context.helpers.assertBinaryData(itemIndex, field);
	const { dryRun, partial, repair, kind, sheet } = context.getNodeParameter('options', itemIndex, {}) as { dryRun?: boolean; partial?: boolean; repair?: boolean; kind?: string; sheet?: string };
	const report = await platform.request({
		method: 'POST',
		path: `${companyPath(context, item, itemIndex)}/catalog`,
		query: { ...(dryRun ? { dry_run: true } : {}), ...(partial ? { partial: true } : {}), ...(repair ? { repair: true } : {}), ...(kind ? { kind } : {}), ...(sheet ? { sheet } : {}) },
		// The platform reads what the bytes are; the type only has to be one that files have.
		file: { bytes: await context.helpers.getBinaryDataBuffer(itemIndex, field), contentType: CONTENT_TYPES[file.fileExtension?.toLowerCase() ?? ''] ?? 'application/octet-stream' },
	});
	if (!isRecord(report)) throw unexpectedAnswer('report');
	return { json: [report as IDataObject] };
};

const exportFile: Act = async (context, platform, item, itemIndex) => {
	const format = String(context.getNodeParameter('format', itemIndex, 'csv'));
	const kind = String(context.getNodeParameter('kind', itemIndex, ''));
	const bytes = await platform.download({ method: 'GET', path: `${companyPath(context, item, itemIndex)}/catalog`, query: { format, ...(kind === '' ? {} : { kind }) } });
	const field = String(context.getNodeParameter('outputField', itemIndex, 'data'));
	const file = await context.helpers.prepareBinaryData(bytes, `${kind === '' ? 'catalog' : `${kind}s`}.${format}`, CONTENT_TYPES[format]);
	return { json: [{ format, bytes: bytes.length }], binary: { [field]: file } };
};

const getVersions: Act = async (context, platform, item, itemIndex) => {
	const limit = Number(context.getNodeParameter('limit', itemIndex, 50));
	const list = await platform.request({ method: 'GET', path: `${companyPath(context, item, itemIndex)}/catalog/versions`, query: { limit } });
	if (!isRecord(list) || !Array.isArray(list['data'])) throw unexpectedAnswer('list');
	return { json: list['data'] as IDataObject[] };
};

const restore: Act = async (context, platform, item, itemIndex) => {
	const version = Number(context.getNodeParameter('version', itemIndex, 0));
	if (!Number.isInteger(version) || version < 0) throw new NodeOperationError(context.getNode(), 'Version must be a whole number of 0 or more', { itemIndex, description: 'Get Versions lists them.' });
	const change = await platform.request({ method: 'POST', path: `${companyPath(context, item, itemIndex)}/catalog/versions/${version}/restore` });
	if (!isRecord(change)) throw unexpectedAnswer('change');
	return { json: [change as IDataObject] };
};

export async function runCatalogOperation(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	if (isTool(context)) throw new NodeOperationError(context.getNode(), 'A tool only searches the catalog', { description: 'Files and versions are not left to a model that talks to customers.' });
	const platform = await connectPlatform(context);
	const operation = String(context.getNodeParameter('operation', 0, 'import'));
	const act = { import: importFile, export: exportFile, getVersions, restore }[operation];
	if (act === undefined) throw new NodeOperationError(context.getNode(), `The operation "${operation}" is not known`, { description: 'Choose one of the list.' });
	// One after the other: imports of one company wait for each other anyway.
	return await runItems(context, { outputs: 1, concurrency: 1 }, (item, itemIndex) => act(context, platform, item, itemIndex));
}
