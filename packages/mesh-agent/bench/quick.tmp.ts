import { createBenchPod } from '/work/main/packages/mesh-agent/bench/bench-pod.ts';
const max = Number(process.argv[2] ?? 8);
const pod = await createBenchPod({ maximumPeers: max });
try {
 for (let i=0;i<3;i++){ const a = await pod.startAgent(); await new Promise(r=>setTimeout(r,1500)); const r0=a.residentMiB(); const c0=a.cpuMs(); await new Promise(r=>setTimeout(r,10000)); console.log(max,'start',a.startMs.toFixed(0),'rss',r0.toFixed(1),a.residentMiB().toFixed(1),'cpu10s',a.cpuMs()-c0); await a.stop(); }
} finally { await pod.remove(); }
