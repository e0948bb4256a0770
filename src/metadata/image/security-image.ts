/**
 * Access control, credentials, tokens and quotas as the log has them. No API uses them yet; they are folded and written to
 * snapshots all the same, so that nothing of a folder is lost which a broker with security has written.
 */
import type { Uuid } from '#core'
import type { MetadataRecord, RecordData } from '../metadata-record.ts'

export type AccessControlEntry = RecordData<'ACCESS_CONTROL_ENTRY_RECORD'>
export type ScramCredential = RecordData<'USER_SCRAM_CREDENTIAL_RECORD'>
export type DelegationToken = RecordData<'DELEGATION_TOKEN_RECORD'>
export type ClientQuotaEntity = RecordData<'CLIENT_QUOTA_RECORD'>['entity']

export interface ClientQuotas {
  readonly entity: ClientQuotaEntity
  /** By quota key, for example `producer_byte_rate`. */
  readonly quotas: ReadonlyMap<string, number>
}

export class SecurityImage {
  readonly #acls = new Map<Uuid, AccessControlEntry>()
  readonly #scram = new Map<string, ScramCredential>()
  readonly #tokens = new Map<string, DelegationToken>()
  readonly #quotas = new Map<string, { readonly entity: ClientQuotaEntity; readonly quotas: Map<string, number> }>()

  get acls(): ReadonlyMap<Uuid, AccessControlEntry> {
    return this.#acls
  }

  /** By token id. */
  get tokens(): ReadonlyMap<string, DelegationToken> {
    return this.#tokens
  }

  scramCredentials(): Iterable<ScramCredential> {
    return this.#scram.values()
  }

  clientQuotas(): Iterable<ClientQuotas> {
    return this.#quotas.values()
  }

  setAcl(entry: AccessControlEntry): void {
    this.#acls.set(entry.id, entry)
  }

  removeAcl({ id }: RecordData<'REMOVE_ACCESS_CONTROL_ENTRY_RECORD'>): void {
    this.#acls.delete(id)
  }

  setScram(credential: ScramCredential): void {
    this.#scram.set(`${credential.mechanism}:${credential.name}`, credential)
  }

  removeScram({ name, mechanism }: RecordData<'REMOVE_USER_SCRAM_CREDENTIAL_RECORD'>): void {
    this.#scram.delete(`${mechanism}:${name}`)
  }

  setToken(token: DelegationToken): void {
    this.#tokens.set(token.tokenId, token)
  }

  removeToken({ tokenId }: RecordData<'REMOVE_DELEGATION_TOKEN_RECORD'>): void {
    this.#tokens.delete(tokenId)
  }

  setQuota({ entity, key, value, remove }: RecordData<'CLIENT_QUOTA_RECORD'>): void {
    const parts = entity.map(({ entityType, entityName }) => JSON.stringify([entityType, entityName]))
    const entityKey = parts.sort().join()
    const known = this.#quotas.get(entityKey)
    if (!remove) {
      if (known === undefined) this.#quotas.set(entityKey, { entity, quotas: new Map([[key, value]]) })
      else known.quotas.set(key, value)
    } else if (known !== undefined) {
      known.quotas.delete(key)
      if (known.quotas.size === 0) this.#quotas.delete(entityKey)
    }
  }

  *quotaRecords(): Iterable<MetadataRecord> {
    for (const { entity, quotas } of this.#quotas.values()) {
      for (const [key, value] of quotas) {
        yield { type: 'CLIENT_QUOTA_RECORD', version: 0, data: { entity, key, value, remove: false } }
      }
    }
  }

  *records(): Iterable<MetadataRecord> {
    for (const data of this.#acls.values()) yield { type: 'ACCESS_CONTROL_ENTRY_RECORD', version: 0, data }
    for (const data of this.#scram.values()) yield { type: 'USER_SCRAM_CREDENTIAL_RECORD', version: 0, data }
    for (const data of this.#tokens.values()) yield { type: 'DELEGATION_TOKEN_RECORD', version: 0, data }
  }

  copy(): SecurityImage {
    const copy = new SecurityImage()
    for (const [id, entry] of this.#acls) copy.#acls.set(id, entry)
    for (const [key, credential] of this.#scram) copy.#scram.set(key, credential)
    for (const [id, token] of this.#tokens) copy.#tokens.set(id, token)
    for (const [key, { entity, quotas }] of this.#quotas) copy.#quotas.set(key, { entity, quotas: new Map(quotas) })
    return copy
  }
}
