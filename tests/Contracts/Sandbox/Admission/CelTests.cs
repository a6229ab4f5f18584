using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api.Admission.Cel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox.Admission;

/// <summary>The part of CEL that the sandbox evaluates, by the language's own definition.</summary>
public sealed class CelTests
{
    private static readonly Dictionary<string, object?> Names = new(StringComparer.Ordinal)
    {
        ["object"] = CelValues.Of(JsonNode.Parse("""
            {"metadata":{"name":"app-fallback","labels":{"a/b":"x"},"owners":[{"kind":"ScaledObject"},{"kind":"Other","controller":true}]},
             "spec":{"replicas":3,"part":0.5,"empty":[],"none":null}}
            """)),
        ["variables"] = new CelLazyMap(name => name == "known" ? 7L : throw CelException.NoSuchKey(name)),
    };

    [Theory]
    [InlineData("1 == 1 && 'a' != \"b\"")]
    [InlineData("true ? !false : false")]
    [InlineData("object.spec.replicas == 3 && object.spec.part != 3")]
    [InlineData("object.spec['replicas'] in [1, 2, 3] && 'a/b' in object.metadata.labels && !('c' in object.metadata.labels)")]
    [InlineData("object.metadata.labels == {'a/b': 'x'} && [1, [2]] == [1, [2]] && {} != {'k': null}")]
    [InlineData("has(object.spec) && !has(object.status) && has(object.spec.none) && object.spec.none == null")]
    [InlineData("object.metadata.name.startsWith('app') && object.metadata.name.endsWith('-fallback') && size('äöü') == 3 && [1, 2].size() == 2")]
    [InlineData("object.metadata.owners.exists(o, o.kind == 'ScaledObject') && object.metadata.owners.all(o, size(o.kind) != 0)")]
    [InlineData("object.metadata.owners.filter(o, has(o.controller)).map(o, o.kind) == ['Other'] && [1, 2].map(i, i == 2, [i]) == [[2]]")]
    [InlineData("object.metadata.labels.all(k, k.startsWith('a/')) && object.spec.empty.all(x, false) && !object.spec.empty.exists(x, true)")]
    [InlineData("variables.known == 7 && variables.known in [7]")]
    [InlineData("1 != '1' && -1 == -1 && r'\\n' == '\\\\n' && true != 1")]
    [InlineData("// what it is for\n object.spec.replicas == 3")]
    [InlineData("true || false && false")]
    public void It_holds(string expression) => Assert.Equal(true, Value(expression));

    [Theory]
    [InlineData("object.status == 1", "no such key: status")]
    [InlineData("object.status.ready == 1", "no such key: status")]
    [InlineData("object.spec['x'] == 1", "no such key: x")]
    [InlineData("has(object.status.ready)", "no such key: status")]
    [InlineData("object.metadata.owners[2] == 1", "index out of bounds: 2")]
    [InlineData("params.x == 1", "undeclared reference to 'params'")]
    [InlineData("variables.unknown == 1", "no such key: unknown")]
    [InlineData("object.spec.replicas.startsWith('3')", "no such overload: startsWith of int")]
    [InlineData("!object.spec.replicas", "no such overload: ! of int")]
    [InlineData("object.spec.replicas && true", "no such overload: && of int")]
    [InlineData("'a' in 'abc'", "no such overload: string in string")]
    [InlineData("object.spec.none.x == 1", "no such overload: null_type.x")]
    public void It_has_no_value_and_the_error_says_why(string expression, string why) =>
        Assert.Equal(why, Assert.Throws<CelException>(() => Value(expression)).Message);

    [Theory]
    [InlineData("object.status == 1 || true", true)]
    [InlineData("false && object.status == 1", false)]
    [InlineData("object.status == 1 && false", false)]
    [InlineData("object.metadata.owners.exists(o, o.controller)", true)]
    [InlineData("!object.metadata.owners.all(o, o.controller == false)", true)]
    public void An_error_is_gone_where_the_other_side_decides_alone(string expression, bool value) => Assert.Equal(value, Value(expression));

    [Theory]
    [InlineData("object.metadata.owners.all(o, o.controller)", "no such key: controller")]
    [InlineData("object.metadata.owners.exists(o, o.controller == false)", "no such key: controller")]
    [InlineData("true && object.status == 1", "no such key: status")]
    [InlineData("object.status == 1 || false", "no such key: status")]
    public void An_error_stays_where_it_could_have_decided(string expression, string why) =>
        Assert.Equal(why, Assert.Throws<CelException>(() => Value(expression)).Message);

    [Theory]
    [InlineData("true || 1 < 2", "the operator <")]
    [InlineData("true || 1 + 2 == 3", "the operator +")]
    [InlineData("true || 'a'.matches('a')", "the function matches")]
    [InlineData("true || int('1') == 1", "the function int")]
    [InlineData("true || 1.5 == 1", "the number 1.5")]
    [InlineData("true || object.?spec.orValue(1) == 1", "the operator .?")]
    [InlineData("true || [1].exists_one(x, true)", "the function exists_one")]
    [InlineData("true || b'a' == b'a'", "a string that begins with b'")]
    public void More_than_is_evaluated_here_is_named_even_where_it_would_not_be_reached(string expression, string what)
    {
        var fault = Assert.Throws<CelException>(() => CelParser.Parse(expression));

        Assert.Equal($"{what} is not among what the sandbox evaluates", fault.Message);
        Assert.False(fault.IsSyntax);
    }

    [Theory]
    [InlineData("", "unexpected 'the end' at character 1")]
    [InlineData("true &&", "unexpected 'the end' at character 8")]
    [InlineData("(true", "')' was expected, not 'the end' at character 6")]
    [InlineData("'abc", "a string without its end at character 1")]
    [InlineData("true true", "unexpected 'true' at character 6")]
    [InlineData("a ? b", "':' was expected, not 'the end' at character 6")]
    [InlineData("has(a)", "invalid argument to has() macro at character 1")]
    [InlineData("a = b", "unexpected '=' at character 3")]
    [InlineData("[1 2]", "',' was expected, not '2' at character 4")]
    public void What_is_no_CEL_is_refused_with_its_place(string expression, string what)
    {
        var fault = Assert.Throws<CelException>(() => CelParser.Parse(expression));

        Assert.Equal($"Syntax error: {what}", fault.Message);
        Assert.True(fault.IsSyntax);
    }

    [Fact]
    public void Depth_has_a_bound() =>
        Assert.Contains("more than 100", Assert.Throws<CelException>(() => CelParser.Parse(new string('(', 5000) + "true")).Message, StringComparison.Ordinal);

    private static object? Value(string expression) => new CelEvaluator(Names).Value(CelParser.Parse(expression));
}
