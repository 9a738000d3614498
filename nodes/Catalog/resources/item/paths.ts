import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { readId } from '../../../shared/turn-source.ts';

export function companyPath(context: IExecuteFunctions, item: INodeExecutionData, itemIndex: number): string {
	return `/v1/companies/${encodeURIComponent(readId(context, item, itemIndex, 'companyId'))}`;
}

export function itemsPath(context: IExecuteFunctions, item: INodeExecutionData, itemIndex: number): string {
	return `${companyPath(context, item, itemIndex)}/items`;
}
