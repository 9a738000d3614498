import { AppError } from '../../../../core/errors.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import type { Caller } from '../../http/authenticate.ts';
import type { Database } from '../../store/database.ts';

/**
 * The tenant whose list is shown: a tenant key's own; for a platform key the one it names, itself or by one of its objects.
 * @throws AppError `tenant_id_required` (400), `tenant_not_found`, `company_not_found`, `conversation_not_found` (404)
 */
export async function tenantOfList(
	caller: Caller,
	database: Database,
	named: { tenant_id?: string | undefined; company_id?: string | undefined; conversation_id?: string | undefined },
): Promise<string> {
	if (caller.tenantId !== null) {
		if (named.tenant_id !== undefined && named.tenant_id !== caller.tenantId) throw missing('tenant', named.tenant_id);
		return caller.tenantId;
	}
	if (named.tenant_id !== undefined) return tenantFor(caller, database, 'tenant', named.tenant_id);
	if (named.company_id !== undefined) return tenantFor(caller, database, 'company', named.company_id);
	if (named.conversation_id !== undefined) return tenantFor(caller, database, 'conversation', named.conversation_id);
	throw new AppError('tenant_id_required', 'A platform key serves every tenant: name one as tenant_id, company_id or conversation_id.', { status: 400 });
}
