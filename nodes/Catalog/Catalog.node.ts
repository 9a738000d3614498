import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { toolDescription, withFewerInTool } from '../shared/as-tool.ts';
import { sourceProperties } from '../shared/turn-source.ts';
import { catalogProperties, runCatalogOperation } from './resources/catalog/index.ts';
import { itemProperties, runItemOperation } from './resources/item/index.ts';

export class Catalog implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Catalog',
		name: 'catalog',
		icon: { light: 'file:catalog.svg', dark: 'file:catalog.dark.svg' },
		group: ['input'],
		version: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: "Searches, changes and imports the products and services of a company",
		defaults: { name: 'Catalog' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'conciergeApi', required: true }],
		properties: [
			toolDescription(
				"Searches a company's catalog for products and services, best match first. Prices and delivery are in cents of the company's currency. What is not in the result is not sold. How many are in stock is not told.",
			),
			...withFewerInTool(
				{
					displayName: 'Resource',
					name: 'resource',
					type: 'options',
					noDataExpression: true,
					options: [
						{ name: 'Catalog', value: 'catalog', description: 'The whole list: files and versions' },
						{ name: 'Item', value: 'item', description: 'A product or a service' },
					],
					default: 'item',
				},
				['item'],
			),
			...itemProperties,
			...catalogProperties,
			...sourceProperties('Company', [{ name: 'companyId', description: 'The company whose catalog it is' }]),
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await (this.getNodeParameter('resource', 0, 'item') === 'catalog' ? runCatalogOperation(this) : runItemOperation(this));
	}
}
