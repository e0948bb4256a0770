/**
 * DescribeLogDirs: log directories of a broker and what lies in them (KIP-113).
 *
 * What versions brought:
 *    4  total and usable bytes of the volume (KIP-827)
 *    5  whether the directory is cordoned (KIP-1066)
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, message, offset, string } from '../schema.ts'

export const describeLogDirsRequest = message(
  'DescribeLogDirsRequest',
  { key: 35, versions: '1-5', flexible: '2+' },
  {
    topics: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { nullable: '1+' },
    ),
  },
)

export const describeLogDirsResponse = message(
  'DescribeLogDirsResponse',
  { key: 35, versions: '1-5', flexible: '2+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16({ versions: '3+', default: 0 }),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          partitionSize: offset(),
          offsetLag: offset(),
          isFutureKey: bool(),
        }),
      }),
      totalBytes: offset({ versions: '4+', default: -1 }),
      usableBytes: offset({ versions: '4+', default: -1 }),
      isCordoned: bool({ versions: '5+', default: false }),
    }),
  },
)

export const describeLogDirs = api(describeLogDirsRequest, describeLogDirsResponse)
