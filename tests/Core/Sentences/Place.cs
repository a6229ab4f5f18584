namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>Where people meet a sentence, in the order of the catalogue: one that stands in several is a row of the first.</summary>
internal enum Place
{
    PageTitle,
    PageHappened,
    PageDid,
    PageNext,
    PageYouMay,
    PageTarget,
    Audit,
    Why,
    Order,
    Quoted,
}
