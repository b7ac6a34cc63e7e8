/** R2 with something that happens around each of its calls: a delay, or a failure. */

/** @param act makes the call */
export type BucketCall = (name: string, parameters: readonly unknown[], act: () => unknown) => Promise<unknown>

export function interceptedBucket(around: BucketCall, inner: R2Bucket): R2Bucket {
  const wrap = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get(_, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        // It asks nothing of R2.
        if (name === 'resumeMultipartUpload') {
          return (key: string, uploadId: string) => wrap(inner.resumeMultipartUpload(key, uploadId))
        }
        return async (...parameters: unknown[]) => {
          const result = await around(
            String(name),
            parameters,
            () => Reflect.apply(member, target, parameters) as unknown,
          )
          return name === 'createMultipartUpload' && typeof result === 'object' && result !== null
            ? wrap(result)
            : result
        }
      },
    })
  return wrap(inner)
}
