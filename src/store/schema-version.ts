/** Which schema the database has; the site may ask before anybody is known. */
import { isSqlError, type Db } from './session.ts';

/** Undefined: none at all. */
export async function schemaVersion(db: Db): Promise<number | undefined> {
  try {
    const [row] = await db.query<{ version: number | null }>('select schema_version() as version');
    return row?.version ?? undefined;
  } catch (error) {
    // undefined_function: a schema from before it could be asked.
    if (isSqlError(error) && error.code === '42883') return undefined;
    throw error;
  }
}
