namespace Sophia.Keda.Reactor.State;

/// <summary>The store can't be reached, read or written now.</summary>
public class StoreUnavailableException : Exception
{
    public StoreUnavailableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>
    /// True when it is known that the call changed nothing: it was never sent, or it was rolled back. False when its reply was lost: then it
    /// may have been done.
    /// </summary>
    public bool NothingKept { get; init; }
}

/// <summary>
/// The store holds something that this version can't read; it was left as it is. To whoever runs that is a store that is down, whatever the
/// reason, but for <see cref="Misfit.Newer"/>.
/// </summary>
public sealed class StoreContentException : StoreUnavailableException
{
    public StoreContentException(string message, Misfit misfit, Exception? inner = null)
        : base(message, inner) => Misfit = misfit;

    public Misfit Misfit { get; }
}

/// <summary>Why what a store holds can't be used.</summary>
public enum Misfit
{
    /// <summary>It is broken: a page of the file, a row, a text that is no JSON or no panel, a key of another kind.</summary>
    Damaged,

    /// <summary>It is whole, and another program's, another cluster's, or of a version that is too old: the settings are wrong.</summary>
    Foreign,

    /// <summary>It can be read that a newer version has written it: that one decides, and two minds must not act at once.</summary>
    Newer,
}

/// <summary>The store can be reached and would keep less than was promised: refused by the setting State:Durability.</summary>
public sealed class StoreTooWeakException : StoreUnavailableException
{
    public StoreTooWeakException(string message)
        : base(message) => NothingKept = true;
}
