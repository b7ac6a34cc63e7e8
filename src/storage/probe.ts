/** Tries out R2 for the health of a replica. No probe leaves an object behind, as no row of D1 would know it. */

const probedKey = 'probe'

/** Reads an object, which need not exist: "not found" is an answer too. */
export async function probeRead(bucket: R2Bucket): Promise<void> {
  await bucket.head(probedKey)
}

/** Writes a part of a multipart upload, and aborts the upload. */
export async function probeWrite(bucket: R2Bucket, replica: string): Promise<void> {
  const upload = await bucket.createMultipartUpload(`${probedKey}/${replica}`)
  try {
    await upload.uploadPart(1, 'probe')
  } finally {
    await upload.abort()
  }
}
