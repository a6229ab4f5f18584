namespace Sophia.Keda.Reactor.Core;

/// <summary>A control plane that does not write is told, and is never evidence against KEDA.</summary>
internal static class ControlPlane
{
    private const string Key = "control-plane";

    public static void Note(Draft draft)
    {
        if (draft.Seen is null)
            return;
        if (KedaHealth.ControlPlaneSign(draft.Panel.Signs, draft.Now) is not { } sign)
        {
            Notices.Resolve(draft, Key, "kube-controller-manager renews its lease again.");
            return;
        }

        if (draft.Now - draft.Panel.Signs.ControllerSeenSince < draft.Policy.BlindAfter || draft.Panel.Notices.ContainsKey(Key))
            return;
        draft.Audit(AuditKind.Decision, Reason.ControlPlaneQuiet, $"Not KEDA's fault: {sign}");
        Notices.Open(draft, Key, Severity.Error, cause: null, "The control plane of Kubernetes does not write", new NoticeWords
        {
            Happened = $"In cluster {draft.Policy.Cluster} {sign}. The API server takes no writes, or kube-controller-manager is down.",
            Did = "Nothing was changed. KEDA's own lease proves nothing meanwhile, and no HPA scales, a fallback HPA neither: a trip for it would help nobody.",
            Next = $"The reactor looks again every {Words.Span(draft.Policy.HealthCheckInterval)}. What else it sees of KEDA still counts.",
            YouMay = "Check kube-controller-manager, etcd and the API server's write path.",
        });
    }
}
