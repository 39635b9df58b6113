package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"sallyport/app"
	"sallyport/config"
)

func configCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Check, show and describe the configuration",
		Example: `  sallyport config check --config sallyport.yaml
  sallyport config schema > sallyport.schema.json`,
	}
	return group(c, configCheck(), configSchema(), configShow())
}

func configCheck() *cobra.Command {
	c := &cobra.Command{
		Use:     "check",
		Short:   "Say everything that is wrong with a configuration",
		Long:    "Say everything that is wrong with a configuration, each mistake with its line and what to do. Exit code 1 if there is any.",
		Example: "  sallyport config check --config sallyport.yaml",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, path, err := loadConfig(c)
			if asJSON(c) {
				return checkJSON(c, conf, err)
			}
			if err != nil {
				return err
			}
			for _, w := range conf.Warnings {
				fmt.Fprintln(c.ErrOrStderr(), "warning:", w)
			}
			if path == "" {
				path = "the embedded defaults"
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: ok\n", path)
			return nil
		},
	}
	c.Flags().Bool("json", false, "print JSON")
	return c
}

// checkJSON prints {"ok","problems","warnings"} for programs.
func checkJSON(c *cobra.Command, conf *config.Config, err error) error {
	var problems config.Errors
	if err != nil && !errors.As(err, &problems) {
		return err
	}
	out := struct {
		OK       bool             `json:"ok"`
		Problems []config.Problem `json:"problems"`
		Warnings []config.Problem `json:"warnings"`
	}{OK: err == nil, Problems: problems}
	if conf != nil {
		out.Warnings = conf.Warnings
	}
	if perr := printJSON(c, out); perr != nil {
		return perr
	}
	if err != nil {
		return fmt.Errorf("%d problems", len(problems))
	}
	return nil
}

func configSchema() *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON schema of the configuration, for editors",
		Example: "  sallyport config schema > sallyport.schema.json",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			b, err := json.MarshalIndent(config.Schema(app.Known()), "", "  ")
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), string(b))
			return err
		},
	}
}

func configShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show",
		Short:   "Print the configuration in effect, defaults filled in",
		Long:    "Print the configuration in effect, with defaults filled in and with references where secrets are.",
		Example: "  sallyport config show --config sallyport.yaml",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, _, err := loadConfig(c)
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(config.Show(conf))
			return err
		},
	}
}
