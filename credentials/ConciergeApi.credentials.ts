import type {
	Icon,
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

/** Access to the Concierge platform. One credential for every Concierge node. */
export class ConciergeApi implements ICredentialType {
	name = 'conciergeApi';

	displayName = 'Concierge API';

	icon: Icon = { light: 'file:concierge.svg', dark: 'file:concierge.dark.svg' };

	documentationUrl = 'https://github.com/concierge/n8n-nodes-concierge/blob/main/docs/nodes.md#credential';

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: 'http://127.0.0.1:8080',
			required: true,
			placeholder: 'https://concierge.example.com',
			description: 'Where the Concierge platform answers, without a path',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description:
				'A worker key (ck_worker_…) for the answering workflow, a tenant key (ck_tenant_…) for a workflow of one business',
		},
	];

	/** A function, because n8n evaluates an expression object anew for every request (four times slower). */
	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		requestOptions: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		requestOptions.headers = {
			...requestOptions.headers,
			Authorization: `Bearer ${String(credentials['apiKey'])}`,
		};
		return requestOptions;
	}

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{$credentials.baseUrl}}',
			url: '/v1/key',
		},
		rules: [
			{
				type: 'responseCode',
				properties: { value: 401, message: 'The Concierge platform refused this API key' },
			},
		],
	};
}
