/** What only a clone of Breakwater has, for the commands that work on an installation itself. The bundle leaves it there. */
export { deploy } from '../../deploy/deploy.ts'
export { readOptions } from '../../deploy/options.ts'
export { secretOnCloudflare } from '../../deploy/secret.ts'
export { planSetup, setup } from '../../deploy/setup.ts'
export { planLocalSetup, setupLocally } from './local-setup.ts'
export { secretInState } from '../../local/kept-secret.ts'
export { defaultState } from '../../local/state-folder.ts'
