using System.CommandLine;
using Interpose.Cli.Verbs;
var root = new RootCommand("x") { ImagesCommand.Create() };
return root.Parse(args).Invoke();
