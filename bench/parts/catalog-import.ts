import { stat } from 'node:fs/promises';
import { createLog } from '../../provisioner/src/telemetry/log.ts';
import { createCatalogs } from '../../provisioner/src/features/catalog/catalogs.ts';
import { createDatabase } from '../../provisioner/src/store/database.ts';
import type { SupabaseSettings } from '../../provisioner/src/vendors/supabase/client.ts';

// A process that does nothing but one import, so that its memory is the import's: prints {seconds, peakMb, inserted, fileMb} as JSON.
const [databaseUrl, tenantId, companyId, path, supabaseSettings] = process.argv.slice(2);
if (!databaseUrl || !tenantId || !companyId || !path) throw new Error('usage: catalog-import.ts DATABASE_URL TENANT COMPANY FILE [SUPABASE_SETTINGS as JSON]');
const supabase = supabaseSettings === undefined ? undefined : (JSON.parse(supabaseSettings) as SupabaseSettings);
const database = createDatabase(databaseUrl);
const catalogs = createCatalogs({ database, databaseUrl, supabase, log: createLog('error', {}) });
const began = performance.now();
const { inserted } = await catalogs.importFile(tenantId, companyId, path, { dryRun: false, partial: false, repair: false, columns: {} });
const seconds = (performance.now() - began) / 1000;
await database.close();
// In kilobytes, of all threads together.
process.stdout.write(JSON.stringify({ seconds, peakMb: process.resourceUsage().maxRSS / 1024, inserted, fileMb: (await stat(path)).size / 1024 / 1024 }));
