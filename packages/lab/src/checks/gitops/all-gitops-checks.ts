import type { LabCheck } from '../check.ts';
import { gitopsAgentAbsent } from './agent-absent.ts';
import { gitopsAgain } from './again.ts';
import { gitopsBadCommits } from './bad-commits.ts';
import { gitopsDrift } from './drift.ts';
import { gitopsFirstInstall } from './first-install.ts';
import { gitopsGateRefuses } from './gate-refuses.ts';
import { gitopsHandCommands } from './hand-commands.ts';
import { gitopsImage } from './image.ts';
import { gitopsMetallbRoll } from './metallb-roll.ts';
import { gitopsRemoval } from './removal.ts';
import { gitopsRemovedSide } from './removed-side.ts';
import { gitopsSettings } from './settings.ts';
import { gitopsSideStays } from './side-stays.ts';

/** What a lab with Argo CD proves besides, in the order in which it is proved. */
export const gitopsChecks: readonly LabCheck[] = [
  gitopsFirstInstall,
  gitopsImage,
  gitopsSettings,
  gitopsAgain,
  gitopsDrift,
  gitopsMetallbRoll,
  gitopsHandCommands,
  gitopsRemoval,
  gitopsRemovedSide,
  gitopsBadCommits,
  gitopsAgentAbsent,
  gitopsSideStays,
  gitopsGateRefuses,
];
