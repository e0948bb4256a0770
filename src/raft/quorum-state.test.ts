import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatQuorumState, parseQuorumState } from './quorum-state.ts'

const KAFKA_1 =
  '{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}'
const KAFKA_0 =
  '{"clusterId":"","leaderId":1,"leaderEpoch":4,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}'

test('the file is written as Kafka writes it, in both versions', () => {
  assert.equal(formatQuorumState(parseQuorumState(KAFKA_1), 1, [1]), KAFKA_1)
  assert.equal(formatQuorumState(parseQuorumState(KAFKA_0), 0, [1]), KAFKA_0)
})

test('what is no quorum state is refused with what is wrong in it', () => {
  const refused = (text: string, message: RegExp) => assert.throws(() => parseQuorumState(text), message)
  refused('', /it is not JSON/)
  refused('{"leaderId":1', /it is not JSON/)
  refused('null', /data_version is not a whole number/)
  refused('[]', /data_version is not a whole number/)
  refused(KAFKA_1.replace('"data_version":1', '"data_version":2'), /data_version 2 is not known/)
  refused(KAFKA_1.replace('"leaderEpoch":1', '"leaderEpoch":-1'), /leaderEpoch is -1/)
  refused(KAFKA_1.replace('"leaderEpoch":1', '"leaderEpoch":"1"'), /leaderEpoch is not a whole number/)
  refused(KAFKA_1.replace('AAAAAAAAAAAAAAAAAAAAAA', 'A'), /votedDirectoryId is not a UUID/)
})
