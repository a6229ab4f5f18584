namespace Sophia.Keda.Reactor.Preflight;

/// <summary>What is lost without a permission.</summary>
internal enum Need
{
    /// <summary>Nothing is decided without it: a look is all of it or nothing.</summary>
    ToLook,

    /// <summary>Something that was decided can't be done.</summary>
    ToAct,

    /// <summary>Something is not known, and that is said; all else goes on.</summary>
    ToKnow,
}

/// <summary>One thing that the reactor asks the API server for.</summary>
/// <param name="Verb">As RBAC calls it.</param>
/// <param name="Group">API group; "" for the core, null for a path that is no resource.</param>
/// <param name="Resource">With its subresource (deployments/scale), or the path.</param>
/// <param name="Need">How bad it is without.</param>
/// <param name="Without">What then is not done or not known, for people.</param>
internal sealed record Permission(string Verb, string? Group, string Resource, Need Need, string Without)
{
    /// <summary>The one object that is asked for; null for all.</summary>
    public string? Name { get; init; }

    /// <summary>Null: in the whole cluster, or in each guarded namespace when <see cref="IsWrite"/>.</summary>
    public string? Namespace { get; init; }

    public bool IsWrite => Need == Need.ToAct && Group is not null;

    /// <summary>scaledobjects.keda.sh, deployments/scale.apps, or the path.</summary>
    public string Qualified => Group is { Length: > 0 } ? $"{Resource}.{Group}" : Resource;

    /// <summary>One line: what may not be done, what is lost so, and the rule that would grant it.</summary>
    public string Missing()
    {
        var named = Name is null ? "" : $" named {Name}";
        var where = Group is null ? "" : Namespace is null ? " in the whole cluster" : $" in namespace {Namespace}";
        var role = Namespace is null ? "a ClusterRole needs" : IsWrite ? "a Role there needs" : "a Role there, or a ClusterRole, needs";
        return $"may not {Verb} {Qualified}{named}{where}: {Without}; {role} {Rule()}";
    }

    /// <summary>The rule that would grant it, as YAML has it on one line.</summary>
    public string Rule()
    {
        if (Group is null)
            return $"{{nonResourceURLs: [{Resource}], verbs: [{Verb}]}}";
        var names = Name is null ? "" : $", resourceNames: [{Name}]";
        return $"{{apiGroups: [{(Group.Length == 0 ? "\"\"" : Group)}], resources: [{Resource}]{names}, verbs: [{Verb}]}}";
    }
}
