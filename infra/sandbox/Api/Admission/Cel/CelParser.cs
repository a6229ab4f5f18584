using System.Collections.Immutable;
using System.Globalization;

namespace Sophia.Keda.Reactor.Sandbox.Api.Admission.Cel;

/// <summary>
/// Reads the part of CEL that admission policies mostly use: strings, whole numbers, booleans, null, lists, maps, fields, indices, has,
/// in, ==, !=, &amp;&amp;, ||, !, ?:, startsWith, endsWith, size, all, exists, filter, map. Anything else is refused by its name, also where it would not be reached.
/// </summary>
public sealed class CelParser
{
    private const int Deepest = 100;
    private static readonly string[] NotHere = ["<", "<=", ">", ">=", "+", "-", "*", "/", "%"];

    private readonly List<CelToken> _tokens;
    private int _at;
    private int _depth;

    private CelParser(List<CelToken> tokens) => _tokens = tokens;

    /// <exception cref="CelException">It is no CEL, or more than is evaluated here.</exception>
    public static CelNode Parse(string text)
    {
        var parser = new CelParser(CelLexer.Read(text));
        var node = parser.Expression();
        return parser.Now.Kind == CelTokenKind.End ? node : throw parser.Unexpected();
    }

    private CelToken Now => _tokens[_at];

    private CelNode Expression()
    {
        if (++_depth > Deepest)
            throw CelException.Syntax("more than 100 expressions in one another", Now.At);
        var node = Or();
        if (Takes("?"))
        {
            var then = Or();
            Demand(":");
            node = new CelConditional(node, then, Expression());
        }

        _depth--;
        return node;
    }

    private CelNode Or()
    {
        var left = And();
        while (Takes("||"))
            left = new CelBinary("||", left, And());
        return left;
    }

    private CelNode And()
    {
        var left = Relation();
        while (Takes("&&"))
            left = new CelBinary("&&", left, Relation());
        return left;
    }

    private CelNode Relation()
    {
        var left = Unary();
        while (true)
        {
            if (Now is { Kind: CelTokenKind.Symbol } and var symbol && NotHere.Contains(symbol.Text))
                throw CelException.NotHere($"the operator {symbol.Text}");
            if (Takes("=="))
                left = new CelBinary("==", left, Unary());
            else if (Takes("!="))
                left = new CelBinary("!=", left, Unary());
            else if (Now is { Kind: CelTokenKind.Name, Text: "in" })
                left = new CelBinary("in", left, After(Unary));
            else
                return left;
        }
    }

    private CelNode Unary()
    {
        if (Takes("!"))
            return new CelNot(Unary());
        if (Now is { Kind: CelTokenKind.Symbol, Text: "-" } && _tokens[_at + 1].Kind == CelTokenKind.Number)
        {
            _at++;
            return new CelLiteral(-Whole());
        }

        return Member();
    }

    private CelNode Member()
    {
        var node = Primary();
        while (true)
        {
            if (Takes("."))
            {
                if (Now is { Kind: CelTokenKind.Symbol, Text: "?" })
                    throw CelException.NotHere("the operator .?");
                var field = Identifier();
                node = Takes("(") ? CelCalls.Method(node, field, Arguments(")")) : new CelSelect(node, field);
            }
            else if (Takes("["))
            {
                if (Now is { Kind: CelTokenKind.Symbol, Text: "?" })
                    throw CelException.NotHere("the operator [?");
                node = new CelIndex(node, Expression());
                Demand("]");
            }
            else
            {
                return node;
            }
        }
    }

    private CelNode Primary()
    {
        var token = Now;
        switch (token)
        {
            case { Kind: CelTokenKind.Text }:
                _at++;
                return new CelLiteral(token.Text);
            case { Kind: CelTokenKind.Number }:
                return new CelLiteral(Whole());
            case { Kind: CelTokenKind.Name, Text: "true" or "false" }:
                _at++;
                return new CelLiteral(token.Text == "true");
            case { Kind: CelTokenKind.Name, Text: "null" }:
                _at++;
                return new CelLiteral(null);
            case { Kind: CelTokenKind.Name }:
                var name = Identifier();
                return Takes("(") ? CelCalls.Function(name, Arguments(")"), token.At) : new CelName(name);
            case { Kind: CelTokenKind.Symbol, Text: "(" }:
                _at++;
                var inner = Expression();
                Demand(")");
                return inner;
            case { Kind: CelTokenKind.Symbol, Text: "[" }:
                _at++;
                return new CelList(Arguments("]"));
            case { Kind: CelTokenKind.Symbol, Text: "{" }:
                _at++;
                return Map();
            case { Kind: CelTokenKind.Symbol } when NotHere.Contains(token.Text):
                throw CelException.NotHere($"the operator {token.Text}");
            default:
                throw Unexpected();
        }
    }

    private CelMap Map()
    {
        var entries = ImmutableArray.CreateBuilder<(CelNode, CelNode)>();
        while (!Takes("}"))
        {
            var key = Expression();
            Demand(":");
            entries.Add((key, Expression()));
            if (Now.Text != "}" || Now.Kind != CelTokenKind.Symbol)
                Demand(",");
        }

        return new CelMap(entries.ToImmutable());
    }

    private ImmutableArray<CelNode> Arguments(string end)
    {
        var found = ImmutableArray.CreateBuilder<CelNode>();
        while (!Takes(end))
        {
            found.Add(Expression());
            if (Now.Text != end || Now.Kind != CelTokenKind.Symbol)
                Demand(",");
        }

        return found.ToImmutable();
    }

    private long Whole()
    {
        var token = Now;
        _at++;
        return long.Parse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private string Identifier()
    {
        var token = Now;
        if (token is not { Kind: CelTokenKind.Name } || token.Text is "in" or "true" or "false" or "null")
            throw Unexpected();
        _at++;
        return token.Text;
    }

    private CelNode After(Func<CelNode> read)
    {
        _at++;
        return read();
    }

    private bool Takes(string symbol)
    {
        if (Now.Kind != CelTokenKind.Symbol || Now.Text != symbol)
            return false;
        _at++;
        return true;
    }

    private void Demand(string symbol)
    {
        if (!Takes(symbol))
            throw CelException.Syntax($"'{symbol}' was expected, not '{Now.Text}'", Now.At);
    }

    private CelException Unexpected() => CelException.Syntax($"unexpected '{Now.Text}'", Now.At);
}
